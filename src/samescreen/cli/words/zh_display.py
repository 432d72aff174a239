"""What displays of their own say in English, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "`samescreen new` works on Linux only": "`samescreen new` 只能在 Linux 上使用",
    "a command is missing: samescreen new 1280x720 -- xterm": (
        "缺少要运行的命令：samescreen new 1280x720 -- xterm"
    ),
    "--size takes {}, not {}": "--size 的取值是 {0}，不能是 {1}",
    "--wm takes a command as a shell does, not {}: {}": "--wm 需要写成 shell 命令，不能是 {0}：{1}",
    "a display is {} to {} pixels large, not {}": "显示的大小是 {0} 到 {1} 像素，不能是 {2}",
    "{} is no size and no program; a size is {} to {}: 1280x720": (
        "{0} 既不是大小，也不是程序；大小的写法如 1280x720，范围 {1} 到 {2}"
    ),
    "there is no program {}; check its name, or install it": (
        "没有程序 {0}；请检查名称，或安装它"
    ),
    "neither Xvnc nor Xvfb is installed; install one with: {}": (
        "Xvnc 和 Xvfb 都没有安装；安装命令：{0}"
    ),
    "cannot write to {}: {}": "无法写入 {0}：{1}",
    "no X server works here: {}": "X 服务器都无法启动：{0}",
    "no sound: no PulseAudio or PipeWire server runs here": (
        "没有声音：这里没有运行 PulseAudio 或 PipeWire"
    ),
    "no sound: pactl is not installed (Debian: pulseaudio-utils)": (
        "没有声音：未安装 pactl（Debian：pulseaudio-utils）"
    ),
    "no D-Bus session: dbus-daemon is not installed (Debian: dbus-daemon)": (
        "没有 D-Bus 会话：未安装 dbus-daemon（Debian：dbus-daemon）"
    ),
    "the display is gone: {} ended": "显示已不在：{0} 结束了",
    "cannot run {}: {}": "无法运行 {0}：{1}",
    "X servers: {}": "X 服务器：{0}",
    "windows: a built-in window manager, or the one of --wm": (
        "窗口：内置的窗口管理器，或 --wm 指定的"
    ),
    "programs draw on {}": "程序的绘图：{0}",
    "the CPU (no GPU is visible)": "CPU（看不到 GPU）",
    "its X server": "它的 X 服务器",
    "its compositor": "它的合成器",
    "sway does not start: {}": "sway 无法启动：{0}",
    "--wayland needs sway (Debian: sudo apt install sway)": (
        "--wayland 需要 sway（Debian：sudo apt install sway）"
    ),
    "--wayland: sway does not run as root; run it as another user": (
        "--wayland：sway 不能以 root 身份运行；请换用其他用户"
    ),
    "--wm is for X11; with --wayland, sway manages the windows": (
        "--wm 只用于 X11；使用 --wayland 时由 sway 管理窗口"
    ),
    "Wayland: sway, for --wayland": "Wayland：sway，用于 --wayland",
    "the process that keeps it": "看管它的进程",
}
