#!/bin/sh
# Put a backup of backup.sh into an empty data folder, ready to start and to roll forward.
#
#   restore.sh FOLDER DATA [MOMENT]
#
# MOMENT as "2026-11-21 14:05:00+09" stops just before it, for example before a table was dropped; without it all that
# was archived is used. The newest base backup that ended before MOMENT is taken. Then start PostgreSQL on DATA: it
# replays the log, opens at the end, and goes on in a new timeline. Afterwards run: machi db check, machi audit verify.
set -eu

folder=${1:?"usage: restore.sh FOLDER DATA [MOMENT]"}
data=${2:?"usage: restore.sh FOLDER DATA [MOMENT]"}
moment=${3:-}

folder=$(cd "$folder" && pwd)
mkdir -p "$data"
if [ -n "$(ls -A "$data")" ]; then
    echo "$data is not empty; restore into an empty folder and keep the old one until all is well." >&2
    exit 1
fi

# Names of backups are UTC times that sort as they follow each other.
last=99999999T999999Z
if [ -n "$moment" ]; then last=$(date -u -d "$moment" +%Y%m%dT%H%M%SZ); fi
base=""
for found in "$folder"/base/*Z; do
    [ -d "$found" ] || continue
    name=$(basename "$found")
    if [ "$(printf '%s\n%s\n' "$name" "$last" | sort | head -n 1)" = "$name" ] && [ "$name" != "$last" ]; then
        base=$found
    fi
done
if [ -z "$base" ]; then
    echo "There is no base backup in $folder/base from before ${moment:-now}." >&2
    exit 1
fi

cp -a "$base/." "$data/"
chmod 700 "$data"
{
    echo "restore_command = 'cp \"$folder/wal/%f\" \"%p\"'"
    echo "recovery_target_action = 'promote'"
    if [ -n "$moment" ]; then
        echo "recovery_target_time = '$moment'"
        echo "recovery_target_inclusive = off"
    fi
} >>"$data/postgresql.auto.conf"
touch "$data/recovery.signal"
echo "Restored $(basename "$base") into $data; start PostgreSQL on it and wait until it accepts connections."
