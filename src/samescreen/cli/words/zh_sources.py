"""Why a source gives no pictures or no sound, in Simplified Chinese; see `zh_sentences.py`. Pure.

`LABELS` are names that sources give themselves; names of windows and devices in them stay.
"""

from __future__ import annotations

from typing import Final

LABELS: Final[dict[str, str]] = {
    "screen": "屏幕",
    "screen {}×{}": "屏幕 {0}×{1}",
    "new screen {}×{}": "新屏幕 {0}×{1}",
    "region {},{} {}×{}": "区域 {0},{1} {2}×{3}",
    "window {}": "窗口 {0}",
    "test card {}×{}": "测试画面 {0}×{1}",
    "built in": "内置",
    "this machine's output": "本机播放的声音",
    "sound from Python": "Python 程序的声音",
}

TEXTS: Final[dict[str, str]] = {
    # Files and addresses
    "{} cannot be reached: {}": "无法访问 {0}：{1}",
    "the server of {} answers: {}": "{0} 的服务器回应：{1}",
    "{}: this kind of URL is not understood": "{0}：不支持这种网址",
    "{} is a playlist, which names other files and addresses: share one of them": (
        "{0} 是播放列表，只列出别的文件和网址：请共享其中之一"
    ),
    "{} ended": "{0} 已结束",
    "{} has no pictures in it": "{0} 里没有画面",
    "{} has no sound in it": "{0} 里没有声音",
    "no picture in {} could be decoded": "{0} 中没有能解码的画面",
    "{} went away: {}": "{0} 断开了：{1}",
    "{} is a camera; share it as `camera`": "{0} 是摄像头；请写成 `camera`",
    "{} gave no picture in {} s{}": "{0} 在 {1} 秒内没有画面{2}",
    "; write a video into {}": "；请向 {0} 写入视频",
    "no answer in time": "没有及时响应",
    "no picture has come yet": "还没有画面",
    "an unexpected error stopped the pictures; trying again; see the host's log": (
        "意外错误中断了画面；正在重试；请看主机的日志"
    ),
    # Cameras
    "cameras are shared on Linux, Windows and macOS only": (
        "只能在 Linux、Windows 和 macOS 上共享摄像头"
    ),
    "{} gives no pictures": "{0} 没有画面",
    "{} was unplugged": "{0} 已拔出",
    "{} is unplugged; plug it in again": "{0} 已拔出；请重新插上",
    "{} cannot be opened ({}); {}": "无法打开 {0}（{1}）；{2}",
    # Which backend
    "using a slower capture: {}": "正在用较慢的采集方式：{0}",
    "the backend {} cannot capture {}; use {}": "采集后端 {0} 不能采集{1}；请用 {2}",
    "{} cannot be shared on this system; share `screen`": "此系统上不能共享{0}；请共享 `screen`",
    "--backend {}, or leave --backend out": "--backend {0}，或去掉 --backend",
    "no damage reports here: the whole screen is read for every picture": (
        "这里没有变化报告：每幅画面都要读取整个屏幕"
    ),
    "a system library is missing: {}": "缺少系统库：{0}",
    "this system's screen cannot be shared": "此系统的屏幕不能共享",
    "--sign needs the backend x11: mss would show the sign in the picture": (
        "--sign 需要采集后端 x11：用 mss 时画面里会出现这个标记"
    ),
    "--sign needs the X server's font {}; leave --sign out": (
        "--sign 需要 X 服务器的字体 {0}；请去掉 --sign"
    ),
    "the screen went away: {}": "屏幕断开了：{0}",
    "the screen went away": "屏幕断开了",
    # X11
    "{} windows match {}, choose one: {}{}": "有 {0} 个窗口符合 {1}，请选择一个：{2}{3}",
    "X display {} does not let this program see the screen, because its key is untrusted "
    "(`ssh -X` makes such keys): use `ssh -Y`, or run samescreen on the machine that has the "
    "screen": (
        "X 显示 {0} 不让本程序看到屏幕，因为它的密钥不受信任（`ssh -X` 创建的就是这种密钥）：请用 "
        "`ssh -Y`，或在屏幕所在的机器上运行 samescreen"
    ),
    "X display {} has a depth of {} bits with a palette, which cannot be shared: {}": (
        "X 显示 {0} 是 {1} 位调色板，不能共享：{2}"
    ),
    "the window shows {} bits through a palette, which cannot be shared": (
        "该窗口是 {0} 位调色板，不能共享"
    ),
    "X display {} has no Composite extension, which single windows need; share `screen` or "
    "`region:X,Y,W,H` instead": (
        "X 显示 {0} 没有共享单个窗口所需的 Composite 扩展；请改为共享 `screen` 或 `region:X,Y,W,H`"
    ),
    "the window is minimised or hidden; its picture comes back when it is shown again": (
        "窗口已最小化或隐藏；重新显示后画面会恢复"
    ),
    "the X server refused {}: {}": "X 服务器拒绝了请求：{1}",
    "the X server went away while {}": "X 服务器已断开",
    "X display {} does not answer": "X 显示 {0} 没有响应",
    "X display {} went away": "X 显示 {0} 已断开",
    "the screen is read through a socket, which is slower: {}": "屏幕通过套接字读取，速度较慢：{0}",
    "the X server has no MIT-SHM": "X 服务器没有 MIT-SHM",
    "the X server is on another machine": "X 服务器在另一台机器上",
    "the X server cannot reach this process's memory": "X 服务器访问不到本进程的内存",
    "no shared memory: {}": "没有共享内存：{0}",
    # Wayland
    "this Wayland compositor shares no memory with programs": "此 Wayland 合成器不与程序共享内存",
    "this Wayland compositor names an impossible picture: {}×{}, {} bytes a row": (
        "此 Wayland 合成器给出了不可能的画面：{0}×{1}，每行 {2} 字节"
    ),
    "this screen's pixels have the format {}, which cannot be read; please report it": (
        "此屏幕的像素格式 {0} 无法读取；请报告此问题"
    ),
    "the Wayland compositor ended the capture": "Wayland 合成器结束了采集",
    "the Wayland compositor sent nonsense: {}": "Wayland 合成器发来了无效的数据：{0}",
    "{} is on another screen now": "{0} 现在在另一个屏幕上",
    "no memory for a picture: {}": "没有内存存放画面：{0}",
    # Windows
    "Windows lets no screen be duplicated: {}": "Windows 不允许复制屏幕：{0}",
    "Windows withholds the desktop: it is locked or asks for permission": (
        "Windows 不给出桌面：它已锁定，或正在请求许可"
    ),
    "dxcam cannot be used: {}": "无法使用 dxcam：{0}",
    "dxcam sees no screen (remote desktop, or no display attached)": (
        "dxcam 看不到屏幕（正在用远程桌面，或没有连接显示器）"
    ),
    "windows-capture cannot be used: {}": "无法使用 windows-capture：{0}",
    "the screen cannot be duplicated now: {}": "现在无法复制屏幕：{0}",
    "the window cannot be captured now: {}": "现在无法采集该窗口：{0}",
    "the window {} was closed": "窗口 {0} 已关闭",
    "more than one window is called {}: {}": "不止一个窗口叫 {0}：{1}",
    "there is no window {}; `samescreen sources` lists those there are": (
        "没有窗口 {0}；`samescreen sources` 会列出已有的窗口"
    ),
    # macOS
    "ScreenCaptureKit came with macOS 12.3; this one is older": (
        "ScreenCaptureKit 从 macOS 12.3 起才有；本机的版本更旧"
    ),
    "ScreenCaptureKit cannot be used: {}": "无法使用 ScreenCaptureKit：{0}",
    "macOS does not answer whether the screen may be recorded": "macOS 没有回答是否允许录制屏幕",
    "macOS does not let this program record the screen: allow it (or the terminal it runs in) in "
    "System Settings, Privacy & Security, Screen Recording, then start it again": (
        "macOS 不允许本程序录制屏幕：请在“系统设置 › 隐私与安全性 › 屏幕录制”中允许它"
        "（或它所在的终端），然后重新启动"
    ),
    "the screen cannot be recorded now: {}": "现在无法录制屏幕：{0}",
    "{} cannot be recorded: {}": "无法录制 {0}：{1}",
    "sharing was stopped from the menu bar; start samescreen again to go on": (
        "共享已从菜单栏停止；要继续请重新启动 samescreen"
    ),
    "the picture cannot be read": "无法读取画面",
    "the screen changed its size": "屏幕的大小变了",
    # Sound
    "an unexpected error ended the sound; see the host's log": "意外错误中断了声音；请看主机的日志",
    "the system does not release the sound device": "系统没有释放声音设备",
    "the system's sound does not answer": "系统的声音服务没有响应",
    "this machine plays its sound elsewhere now": "本机现在用别的设备播放声音",
    "sound cannot be recorded: soundcard: {}": "无法录制声音：soundcard：{0}",
    "the sound device went away or was refused: {}": "声音设备断开了，或拒绝使用：{0}",
    "the sound device went away": "声音设备断开了",
    "the sound server went away": "声音服务断开了",
    "the sound server does not load {}": "声音服务无法载入 {0}",
    "the sound of {} cannot be sought: {}": "{0} 的声音无法定位：{1}",
    "the sound {} does not answer; try again": "声音 {0} 没有响应；请重试",
    "{} gives no sound any more: is it unplugged?": "{0} 没有声音了：是否已拔出？",
    "macOS records sound with a screen only, and there is none": (
        "macOS 只能随屏幕一起录制声音，而这里没有屏幕"
    ),
    "macOS lets programs record what it plays from version 13 on; before, install a virtual device "
    "(BlackHole), let the Mac play to it, and share it with --audio BlackHole": (
        "macOS 13 起才允许程序录制它播放的声音；之前的版本请安装虚拟设备（BlackHole），让 Mac "
        "播放到它，再用 --audio BlackHole 共享"
    ),
    "macOS does not let this program use the microphone: allow it (or the terminal it runs in) in "
    "System Settings, Privacy & Security, Microphone, then start it again": (
        "macOS 不允许本程序使用麦克风：请在“系统设置 › 隐私与安全性 › 麦克风”中允许它"
        "（或它所在的终端），然后重新启动"
    ),
}
