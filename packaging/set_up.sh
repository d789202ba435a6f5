#!/usr/bin/env bash
# Makes a checkout ready: virtual environments, Python packages, the system libraries that Qt needs.
#
#   packaging/set_up.sh run     what `make run` needs
#   packaging/set_up.sh test    the same and what `make test` needs, with the official SDK in an environment of its own
#   packaging/set_up.sh sdk     only the official SDK's environment
#
# Installs system packages when it may (root, or sudo without a password); otherwise it names them in one command and
# goes on, because a gateway without a window needs none of them.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
python=${PYTHON:-python3}
sdk_requirements="futu-api==10.11.7108 protobuf<7"

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true >/dev/null 2>&1; }
}

need_packages() {
  # $1 says what for, the rest are Debian packages; what dpkg already knows as installed is left out.
  what=$1
  shift
  missing=""
  command -v dpkg-query >/dev/null 2>&1 || return 0
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if may_install; then
    say "Installing for $what:$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 install -y -qq --no-install-recommends $missing >/dev/null
  else
    say "Missing for $what. Please run:"
    say "  sudo apt-get install --no-install-recommends$missing"
    return 1
  fi
}

packages_for() {
  sed -n "s/^$1: //p" packaging/linux/debian-packages.txt
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  say "Gatehouse needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Set PYTHON=/path/to/python3.11."
  exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || need_packages "virtual environments" python3-venv

install_into() {
  # $1 environment, the rest: what pip installs. Skipped while nothing that matters has changed.
  environment=$1
  shift
  stamp="$environment/.set-up-for"
  wanted="$(cat pyproject.toml packaging/compile_schema.py packaging/hatch_build.py | cksum) $*"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
  say "Setting up $environment (once; about a minute)"
  [ -x "$environment/bin/python" ] || "$python" -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
  printf '%s' "$wanted" > "$stamp"
}

if [ "$purpose" != sdk ]; then
  # shellcheck disable=SC2046
  need_packages "the window" $(packages_for window) || true
  # shellcheck disable=SC2046
  need_packages "the fonts the window is drawn with" $(packages_for fonts) || true
  if [ "$purpose" = test ]; then extras="dev,fast"; else extras="fast"; fi
  # An environment made for tests serves for running too.
  if [ "$purpose" = run ] && [ -f .venv/.set-up-for ] && grep -q 'dev,fast' .venv/.set-up-for; then extras="dev,fast"; fi
  install_into .venv --editable ".[$extras]"
  [ -f core/api_messages/generated/openapi.desc ] || {
    say "Building the schema again"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
  }
fi
if [ "$purpose" != run ]; then
  # shellcheck disable=SC2086
  install_into .venv-sdk $sdk_requirements
fi
