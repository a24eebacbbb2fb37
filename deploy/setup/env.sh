#!/bin/sh
# Prints .env.example with every empty value filled with chance: sh deploy/setup/env.sh > .env
set -eu
cd "$(dirname "$0")/../.."

hex() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }

while IFS= read -r line; do
  case $line in
    ORIGIN_KEY=) printf 'ORIGIN_KEY=%s\n' "$(key)" ;;
    [A-Z]*=) printf '%s%s\n' "$line" "$(hex)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < .env.example
