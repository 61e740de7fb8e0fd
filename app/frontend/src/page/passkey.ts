/**
 * Passkeys: when a form wants one, asks the browser for it and sends what it says along with the form.
 *
 * The form names where its options come from (`data-options`) and what to say when it fails. Without this module the
 * form is sent empty, and the server says what to do instead.
 */

type Json = Record<string, unknown>;

interface Described {
  id: string;
  type: "public-key";
}

interface Options {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Described[];
  allowCredentials?: Described[];
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  form.addEventListener("submit", (event) => {
    const field = form.elements.namedItem("credential");
    if (!(field instanceof HTMLInputElement) || field.value !== "") return;
    event.preventDefault();
    void answer(form, field);
  });
}

async function answer(form: HTMLFormElement, field: HTMLInputElement): Promise<void> {
  say(form, "");
  try {
    if (!("credentials" in navigator) || !("PublicKeyCredential" in window)) throw new Error(form.dataset.unsupported);
    const options = await ask(form);
    const found =
      form.dataset.passkey === "add"
        ? await navigator.credentials.create({ publicKey: forCreating(options) })
        : await navigator.credentials.get({ publicKey: forGetting(options) });
    if (!(found instanceof PublicKeyCredential)) throw new Error(form.dataset.canceled);
    field.value = JSON.stringify(asJson(found));
    form.requestSubmit();
  } catch (error) {
    say(form, error instanceof DOMException ? sentence(form, error) : (error as Error).message);
  }
}

/** A known authenticator says so by its own error; whatever else stops the browser is most often the reader. */
function sentence(form: HTMLFormElement, error: DOMException): string {
  return (error.name === "InvalidStateError" ? form.dataset.known : form.dataset.canceled) ?? "";
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector<HTMLElement>("[data-passkey-says]");
  if (place === null) return;
  place.textContent = words;
  place.hidden = words === "";
}

async function ask(form: HTMLFormElement): Promise<Options> {
  const csrf = form.elements.namedItem("csrf");
  const answer = await fetch(form.dataset.options ?? "", {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams(csrf instanceof HTMLInputElement ? { csrf: csrf.value } : {}),
  });
  const found = (await answer.json()) as Json;
  if (!answer.ok) throw new Error(String(found.detail ?? form.dataset.canceled));
  return found as unknown as Options;
}

function forCreating(options: Options): PublicKeyCredentialCreationOptions {
  return {
    ...(options as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(options.challenge),
    user: { ...(options.user as NonNullable<Options["user"]>), id: bytes(options.user?.id ?? "") },
    excludeCredentials: described(options.excludeCredentials),
  };
}

function forGetting(options: Options): PublicKeyCredentialRequestOptions {
  return {
    ...(options as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(options.challenge),
    allowCredentials: described(options.allowCredentials),
  };
}

function described(found: Described[] = []): PublicKeyCredentialDescriptor[] {
  return found.map((one) => ({ type: one.type, id: bytes(one.id) }));
}

function asJson(found: PublicKeyCredential): Json {
  return {
    id: found.id,
    rawId: letters(found.rawId),
    type: found.type,
    response: parts(found.response),
    clientExtensionResults: {},
  };
}

function parts(said: AuthenticatorResponse): Json {
  const clientDataJSON = letters(said.clientDataJSON);
  if (said instanceof AuthenticatorAttestationResponse) {
    return { clientDataJSON, attestationObject: letters(said.attestationObject) };
  }
  const proof = said as AuthenticatorAssertionResponse;
  return {
    clientDataJSON,
    authenticatorData: letters(proof.authenticatorData),
    signature: letters(proof.signature),
    ...(proof.userHandle === null ? {} : { userHandle: letters(proof.userHandle) }),
  };
}

/** Base64url, as the WebAuthn API speaks it on the wire. */
function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function letters(buffer: ArrayBuffer): string {
  const raw = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
