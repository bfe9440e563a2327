#!/usr/bin/env bash
# usage: debian_packages.sh SUITE FOLDER PACKAGE:PROGRAM...
# Unpacks packages of another Debian suite, with all they depend on (libc too), into FOLDER, and makes the named
# programs in usr/bin run from there: the system and its apt see nothing of it. FOLDER cannot be moved afterwards.
set -euo pipefail
suite=$1 folder=$2
shift 2

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r $keyring ] || { echo "not a Debian system: no $keyring"; exit 1; }
# The machine's own mirror, whatever it is. A new machine may know none before its first update.
# shellcheck disable=SC2016 # apt's variable, not the shell's
own_mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1; }
mirror=$(own_mirror)
[ -n "$mirror" ] || { apt-get update -qq; mirror=$(own_mirror); }
[ -n "$mirror" ] || { echo "apt knows no mirror of Debian"; exit 1; }

rm -rf "$folder"
mkdir -p "$folder"
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{etc/preferences.d,etc/sources.list.d,state/lists/partial,cache/archives/partial}
: >"$apt/status" # nothing counts as installed, so that the whole closure is fetched
echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/etc/sources.list"
cat >"$apt/apt.conf" <<CONF
Dir::Etc "$apt/etc";
Dir::Etc::parts "/etc/apt/apt.conf.d"; // the machine's proxy and certificates
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root"; // the folder is ours alone, and another user could not read it
Debug::NoLocking "true";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false"; // a mirror may lag behind by more than the suite's week,
Acquire::Check-Date "false"; // or this clock may; the signature is checked all the same
CONF
export APT_CONFIG=$apt/apt.conf
apt-get update -qq
apt-get install -y -qq --download-only "${@%%:*}"
for package in "$apt"/cache/archives/*.deb; do dpkg -x "$package" "$folder"; done

for program in "${@##*:}"; do
  program=$(readlink -f "$folder/usr/bin/$program")
  patchelf --set-interpreter "$folder/usr$(patchelf --print-interpreter "$program")" \
    --force-rpath --set-rpath "$(echo "$folder"/usr/lib/*-linux-gnu)" "$program"
done
