export type Signal = "admitted" | "refused" | "warning";

/** Frequency in hertz, start and length in seconds: up for yes, a low double for no, one even tone for maybe. */
const TONES: Record<Signal, readonly (readonly [number, number, number])[]> = {
  admitted: [[880, 0, 0.09], [1320, 0.1, 0.16]],
  refused: [[196, 0, 0.22], [196, 0.3, 0.32]],
  warning: [[587, 0, 0.25]],
};
const VIBRATION: Record<Signal, number[]> = { admitted: [60], refused: [200, 80, 200], warning: [120] };

let audio: AudioContext | null = null;
let sounds = true;

/** Turns the sound off or on for this page; the phone still vibrates. */
export function setSound(on: boolean): void {
  sounds = on;
}

/** Browsers make no sound before the first touch or key; from then on the gate can speak. */
export function unlockSound(): void {
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
}

/** Sounds and vibrates where the device can. */
export function signal(kind: Signal): void {
  navigator.vibrate?.(VIBRATION[kind]);
  if (!sounds || audio?.state !== "running") return;
  for (const [frequency, start, length] of TONES[kind]) play(audio, frequency, audio.currentTime + start, length);
}

function play(context: AudioContext, frequency: number, start: number, length: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = frequency < 300 ? "square" : "sine";
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0.35, start);
  volume.gain.exponentialRampToValueAtTime(0.001, start + length);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + length);
}
