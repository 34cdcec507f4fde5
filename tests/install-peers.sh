#!/bin/sh
# Installs the real peers that tests talk to (tests/peers.txt, and the list beside it that is named), where this machine allows it: Debian or Ubuntu, as root.
# Elsewhere it says what is missing; the tests that need it are then skipped, each with its reason.
set -u
here=$(dirname "$0")
wanted=$(cat "$here/peers.txt" ${1:+"$here/$1"} | sed "s/#.*//")

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo "Not installed, and this is no Debian root shell: tests that need these are skipped:$missing"
    exit 0
fi
echo "Installing the peers that tests talk to:$missing"
export DEBIAN_FRONTEND=noninteractive

# A package's daemon must not start with its packaged configuration: the tests start their own, on free ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
install() {
    apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}
# One that this release lacks must not keep the others away.
# shellcheck disable=SC2086
apt-get -o DPkg::Lock::Timeout=300 update -q >/dev/null 2>&1 || echo "apt-get update failed; trying with the old lists"
# shellcheck disable=SC2086
install $missing && exit 0
for package in $missing; do
    install "$package" || echo "  could not install $package"
done
exit 0
