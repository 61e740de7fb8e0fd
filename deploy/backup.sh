#!/bin/sh
# Take a base backup that, with the archived write-ahead log, can be restored to any later moment.
#
#   backup.sh FOLDER [DAYS]
#
# Run it every night where PostgreSQL's programs are; PGHOST, PGUSER, PGPASSWORD ... say which server. FOLDER/wal is
# where the server's archive_command copies the log (compose.yaml does). Base backups older than DAYS (14) are removed,
# but never the last one, and with them the log that no backup needs any more.
# VERIFY names another program than pg_verifybackup that checks a backup.
# The secret key (APP_SECRET_KEY) is not in here: without it the backup's personal data stays sealed. Keep it apart.
set -eu

folder=${1:?"usage: backup.sh FOLDER [DAYS]"}
days=${2:-14}
name=$(date -u +%Y%m%dT%H%M%SZ)
fresh="$folder/base/$name"

mkdir -p "$folder/base" "$folder/wal"
pg_basebackup --pgdata="$fresh.part" --format=plain --wal-method=stream --checkpoint=fast --manifest-checksums=SHA256
"${VERIFY:-pg_verifybackup}" --quiet "$fresh.part"
sync
mv "$fresh.part" "$fresh"

find "$folder/base" -mindepth 1 -maxdepth 1 -type d -mtime "+$days" ! -name "$name" -exec rm -rf {} +
oldest=$(find "$folder/base" -mindepth 1 -maxdepth 1 -type d ! -name '*.part' | sort | head -n 1)
# The label names the first file of the log that the oldest backup needs.
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup "$folder/wal" "$first"
echo "Backup $name is complete; the oldest is $(basename "$oldest")."
