#!/bin/sh
# Makes this checkout ready and does nothing when it is:
#   scripts/setup.sh run     what the program needs: Debian packages, .venv
#   scripts/setup.sh test    that, and what tests and linters need: Chromium, Firefox, Xvfb, sway, mutter, PipeWire, Node, node_modules
# Asks no questions, may be interrupted at any moment, may run twice at once. `make` calls it.
# macOS and Windows (Git Bash): the Python and Node parts only; the rest is for you to install.
set -eu
cd "$(dirname "$0")/.."
goal=${1:-run}
uv_version=0.13.9

say() { echo "set-up: $*" >&2; }
die() { say "$@"; exit 1; }

case $goal in run | test) ;; *) die "usage: scripts/setup.sh run|test" ;; esac
system=$(uname -s)
case $system in MINGW* | MSYS*) bin=.venv/Scripts ;; *) bin=.venv/bin ;; esac

# The path is part of the key: scripts in a virtual environment name it, so a copy needs its own.
python_key=$({ echo "$PWD"; cat pyproject.toml uv.lock scripts/setup.sh; } | cksum)
node_key=$(cksum <package-lock.json)

stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }
python_ready() {
    [ -x "$bin/python" ] || return 1
    stamped .venv/.ready-test "$python_key" && return
    [ "$goal" = run ] && stamped .venv/.ready-run "$python_key"
}
node_ready() { [ "$goal" = run ] || stamped node_modules/.ready "$node_key"; }

if python_ready && node_ready; then exit 0; fi
if [ -z "${SETUP_LOCKED:-}" ] && command -v flock >/dev/null; then
    SETUP_LOCKED=1 exec flock -o scripts/setup.sh sh scripts/setup.sh "$goal"
fi

# --- Python itself ------------------------------------------------------------------------------

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        python=$name
        return
    done
    die "Python 3.11 or newer is needed, and no python3 here is (Debian 12, Ubuntu 24.04 have it)"
}
find_python

# --- Debian packages ----------------------------------------------------------------------------

missing=""
need() { # need PACKAGE COMMAND…: PACKAGE is missing unless COMMAND succeeds
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}
has_library() { "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1"; }
has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_nginx() { command -v nginx || [ -x /usr/sbin/nginx ]; }
has_nats() { command -v nats-server || [ -x /usr/sbin/nats-server ]; }
has_sshd() { command -v sshd || [ -x /usr/sbin/sshd ]; }
has_firefox() { command -v firefox-esr || command -v firefox; }
has_avcodec() { "$python" -c 'import ctypes, sys
for number in range(53, 70):
    try: sys.exit(not ctypes.CDLL("libavcodec.so.%d" % number))
    except OSError: pass
sys.exit(1)'; }
has_node() { node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; }
has_gstreamer_rtp() { ls /usr/lib/*/gstreamer-1.0/libgstrtp.so; }
has_cjk_font() { fc-list :lang=zh family | grep -q .; }

find_apt() { # sets $apt, or fails with the reason in $cure
    cure="please install (Debian's names):"
    command -v apt-get >/dev/null || return
    cure="please run: sudo apt-get install"
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        return 1
    fi
    apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
}

install_missing() {
    [ -n "$missing" ] || return 0
    find_apt || die "$cure$missing"
    say "installing Debian packages:$missing"
    # An old or partly failed list is often good enough, so only the install decides.
    { $apt update || true; $apt install -y --no-install-recommends $missing; } \
        </dev/null >&2 || die "apt-get could not install$missing (its own words are above)"
}

# Chromium without its windows: tests/stage/browsers.py takes it where it is, because pages are there
# twice as soon. Ubuntu has none. Without it the tests take the whole Chromium, so nothing fails here.
install_headless_shell() {
    if command -v chromium-headless-shell >/dev/null || grep -qs '^ID=ubuntu' /etc/os-release; then
        return 0
    fi
    shell="install -y --no-install-recommends --no-remove chromium-headless-shell"
    find_apt || return 0
    say "installing a Debian package that makes tests quicker: chromium-headless-shell"
    { timeout 180 $apt $shell || { timeout 90 $apt update && timeout 180 $apt $shell; }; } \
        </dev/null >&2 || say "it could not be installed: the tests take the whole Chromium"
}

if [ "$system" = Linux ]; then
    need "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" \
        "$python" -c 'import ensurepip, venv'
    need libxcb1 has_library libxcb.so.1
    if [ "$goal" = test ]; then
        need xvfb command -v Xvfb
        need xauth command -v xauth
        need x11-xserver-utils command -v xrandr
        need tigervnc-standalone-server command -v Xvnc
        need sway command -v sway
        need wl-clipboard command -v wl-copy
        need xterm command -v xterm
        need pipewire command -v pipewire
        need wireplumber command -v wireplumber
        need xdg-desktop-portal [ -x /usr/libexec/xdg-desktop-portal ]
        need dbus-daemon command -v dbus-daemon
        need mutter command -v mutter
        need pulseaudio command -v pulseaudio
        need pulseaudio-utils command -v paplay
        need nginx-light has_nginx
        need libnginx-mod-rtmp [ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ]
        need ffmpeg command -v ffmpeg
        need python3-gi /usr/bin/python3 -c 'import gi'
        need gir1.2-gst-rtsp-server-1.0 /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")'
        need gstreamer1.0-plugins-good has_gstreamer_rtp
        need nats-server has_nats
        need openssh-client command -v ssh
        need openssh-server has_sshd
        need libnss3-tools command -v certutil
        need curl command -v curl
        need chromium has_chromium
        # Ubuntu has no firefox-esr.
        if grep -qs '^ID=ubuntu' /etc/os-release; then firefox=firefox; else firefox=firefox-esr; fi
        need "$firefox" has_firefox
        need libavcodec-extra has_avcodec # what Firefox decodes H.264 with; the name is the same in every release
        need fontconfig command -v fc-list
        need fonts-dejavu-core fc-list -q 'DejaVu Sans'
        need fonts-noto-cjk has_cjk_font
        need libatomic1 has_library libatomic.so.1 # Playwright's own Node
        need nodejs has_node
        need npm command -v npm
    fi
    install_missing
    [ "$goal" = run ] || install_headless_shell
fi

# --- node_modules, while .venv is made ----------------------------------------------------------

npm=""
if ! node_ready; then
    say "installing Node packages as package-lock.json has them"
    trap 'exit 130' HUP INT TERM
    trap '[ -z "$npm" ] || kill "$npm" 2>/dev/null || true' EXIT
    npm ci --silent --no-audit --no-fund --ignore-scripts </dev/null >&2 &
    npm=$!
fi

# --- .venv --------------------------------------------------------------------------------------

base="$PWD $uv_version $("$python" -V)"
if ! stamped .venv/.ready-base "$base" || ! [ -x "$bin/python" ]; then
    say "making .venv"
    "$python" -m venv --clear .venv
    "$bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version" >&2
    echo "$base" >.venv/.ready-base
fi
if ! python_ready; then
    say "installing Python packages as uv.lock has them"
    if [ "$goal" = test ]; then groups=--dev; else groups=--no-dev; fi
    # --inexact leaves alone what the lock does not name: uv itself, and the tests' packages.
    UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never "$bin/uv" sync --quiet --frozen \
        --inexact "$groups" --python "$bin/python" </dev/null >&2
    echo "$python_key" >".venv/.ready-$goal"
fi

if [ -n "$npm" ]; then
    wait "$npm" || die "npm could not install node_modules (its own words are above)"
    npm=""
    echo "$node_key" >node_modules/.ready
fi
say "ready: $bin/samescreen"
