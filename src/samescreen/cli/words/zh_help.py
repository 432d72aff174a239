"""What `--help` says, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # Commands
    "同屏 · share what is on your screen with anybody who has a browser. Without a command: "
    "share.": (
        "同屏 · 把屏幕实时分享给任何有浏览器的人。不写命令就是 share。"
    ),
    "Share a screen with whoever has the link.": "把屏幕共享给有链接的人。",
    "Share a screen with whoever has the link. Each option also has an environment variable: "
    "SAMESCREEN_FPS, SAMESCREEN_PORT and so on.": (
        "把屏幕共享给有链接的人。每个选项都有对应的环境变量：SAMESCREEN_FPS、SAMESCREEN_PORT 等。"
    ),
    "Be a relay for other hosts.": "作为其他主机的中继。",
    "Be a relay: show what other hosts publish here by `samescreen share --via`. It has no source "
    "of its own.": "作为中继：显示别的主机用 `samescreen share --via` 发布的画面，自己没有来源。",
    "Run a command on a display of its own, and share that.": "在独立的显示上运行命令并共享它。",
    "Run a command on a display of its own, and share that. The host link has mouse and keyboard. "
    "[WxH] is the size at first, 1280x720 without. The options of `share` work too.": (
        "在独立的显示上运行命令并共享它。主持人链接可以使用鼠标和键盘。"
        "[WxH] 是开始时的大小，默认 1280x720。`share` 的选项也可以用。"
    ),
    "List what can be shared.": "列出可以共享的内容。",
    "Say what works on this machine, and why not.": "检查本机能否共享，并说明不行的原因。",
    "The certificate authority that https links are signed with.": "https 链接所用的证书颁发机构。",
    "Make another one; browsers must then trust that.": "更换它；之后浏览器需要信任新的。",
    "Show the version.": "显示版本。",
    "Forget what was chosen in the desktop's dialogs, so that they open again.": (
        "忘记在桌面对话框中的选择，下次会重新询问。"
    ),
    "What to share, one or several: screen, screen:2, window:TITLE, window:ID, region:X,Y,W,H, "
    "camera, file:PATH, - (stdin), host:URL, listen:URL, testcard; `samescreen sources` lists "
    "them. Without: the screen, or the test card on a machine that has none.": (
        "共享什么，可以写几个：screen、screen:2、window:标题、window:编号、region:X,Y,W,H、camera、"
        "file:路径、-（标准输入）、host:网址、listen:网址、testcard；`samescreen sources` 会列出。"
        "不写则共享屏幕；没有屏幕的机器共享测试画面。"
    ),
    "The command, after `--` with its arguments.": "要运行的命令及其参数，写在 `--` 之后。",
    # Picture
    "Pictures a second, at most.": "每秒最多多少帧。",
    "Picture quality, 1 to 100.": "画质，1 到 100。",
    "Bits a second of the video, at most: 8M, 500k.": "视频码率上限：8M、500k。",
    "Encoder of H.264: auto, libx264, or a GPU's as doctor names it.": (
        "H.264 编码器：auto、libx264，或 doctor 列出的 GPU 编码器。"
    ),
    "Threads that encode a picture: auto (by cores and size), or 1 to 16.": (
        "编码画面的线程数：auto（按核心数和大小），或 1 到 16。"
    ),
    "Capture screens and windows by this backend only, named as in doctor.": (
        "屏幕和窗口只用这个采集后端，名称见 doctor。"
    ),
    "Paint out the windows with this in their title or class; may be repeated.": (
        "涂掉标题或类名含此文字的窗口；可写多次。"
    ),
    "Paint out this part of the desktop; may be repeated.": "涂掉桌面的这一部分；可写多次。",
    "Show a small sign on the desktop while somebody watches (X11).": (
        "有人观看时在桌面上显示小标记（X11）。"
    ),
    "Show what viewers draw on the desktop itself (X11).": "观看者画的也显示在桌面上（X11）。",
    # Sound, recordings, files
    "Sound to share, in place of a file's own: output, or a device's name.": (
        "共享的声音，代替文件自带的：output，或设备名称。"
    ),
    "Hear viewers here: speakers, or mic, a microphone for other programs (Linux).": (
        "在本机听观看者说话：speakers（扬声器），或 mic（给其他程序的麦克风；Linux）。"
    ),
    "Record from the start: to a folder, or a new .mp4 file.": (
        "从一开始就录制：到文件夹，或新的 .mp4 文件。"
    ),
    "Keep the last minutes in memory to save later.": "在内存里保留最近几分钟，以便保存。",
    "Send to a server: rtmps://HOST/APP/KEY, rtsp://HOST/PATH or @FILE; repeatable.": (
        "推流到服务器：rtmps://主机/应用/密钥、rtsp://主机/路径 或 @文件；可写多次。"
    ),
    "Folder for files that viewers send; else Samescreen in your Downloads.": (
        "观看者发来的文件所在的文件夹；默认是下载目录中的 Samescreen。"
    ),
    "Let viewers with files-out fetch this file; may be repeated.": (
        "有 files-out 权限的人可下载此文件；可写多次。"
    ),
    # Network
    "Address to listen on; 127.0.0.1 for this machine only.": "监听地址；127.0.0.1 表示仅限本机。",
    "TCP port to listen on; 0 picks a free one.": "TCP 端口；0 表示任选空闲端口。",
    "https on the same port: auto, off, or your own CERT,KEY files.": (
        "同一端口的 https：auto、off，或自己的 证书,私钥 文件。"
    ),
    "A reverse proxy whose X-Forwarded headers count; may be repeated.": (
        "可信的反向代理，采用其 X-Forwarded 头；可写多次。"
    ),
    "Processes that send pictures to viewers; 0: only this one.": (
        "把画面发给观看者的进程数；0：只用本进程。"
    ),
    "Path that everything is served under: /screen.": "所有内容所在的路径：/screen。",
    "Reach the internet by an installed tool: cloudflared, tailscale, ssh:USER@HOST.": (
        "用已安装的工具通往互联网：cloudflared、tailscale、ssh:用户@主机。"
    ),
    "Publish on a relay (samescreen serve), also from behind NAT.": (
        "发布到中继（samescreen serve），在 NAT 后也可以。"
    ),
    "The relay's publish token, or file:PATH of a file that has it.": (
        "中继的发布令牌，或含有它的 file:路径。"
    ),
    "What people on the relay may ask you for: control, point, clipboard, files.": (
        "中继上的人可以向您请求：control、point、clipboard、files。"
    ),
    "Only the link opens the pictures; the relay cannot read them.": (
        "只有链接能打开画面，中继看不到。"
    ),
    # Access
    "Secret of the link, 8 characters or more; else random.": (
        "链接的密钥，8 个字符以上；默认随机。"
    ),
    "Six digits to type in instead of the link; else random.": (
        "代替链接输入的六位数字；默认随机。"
    ),
    "Secret of the host's own link, 16 characters or more; else random.": (
        "主持人链接的密钥，16 个字符以上；默认随机。"
    ),
    "Secret by which another host publishes here, 16 characters or more.": (
        "别的主机在此发布所用的密钥，16 个字符以上。"
    ),
    "Let in everybody who reaches the port.": "能连到端口的人都放行。",
    "Newcomers wait until you let them in.": "新来的人要等您放行。",
    "Another name this host answers to; may be repeated.": "本机的另一个名称；可写多次。",
    "A site whose pages may show this one in a frame; may be repeated.": (
        "允许用 iframe 显示本页面的网站；可写多次。"
    ),
    "What viewers may do without asking: control, talk, point, publish, clipboard-in, "
    "clipboard-out, files-in, files-out.": (
        "观看者不用询问就可以做的事：control（鼠标键盘）、talk（说话）、point（指点）、"
        "publish（展示）、clipboard-in、clipboard-out、files-in、files-out。"
    ),
    "Nobody may act or show anything here, the host included.": (
        "谁都不能在此操作或展示，包括主持人。"
    ),
    "Viewers at once, at most.": "同时观看的人数上限。",
    "Hosts and pages that publish here at once.": "同时在此发布的主机和页面数。",
    # Terminal
    "Open the page in this machine's browser.": "在本机浏览器里打开网页。",
    "How much to log: debug, info, warning, error.": "日志级别：debug、info、warning、error。",
    "Log one JSON object a line.": "日志每行一个 JSON 对象。",
    "Let this machine sleep while somebody watches.": "有人观看时也允许本机休眠。",
    "Print nothing but errors and the log; take no keys.": "只输出错误和日志，不读按键。",
    # `serve`
    "File that lists rooms, each at /r/NAME/ with secrets and limits of its own.": (
        "列出房间的文件；每个房间在 /r/名称/，有自己的密钥和限制。"
    ),
    "NATS servers by which several relays show the same rooms: nats://HOST:4222, tls://HOST.": (
        "让几个中继显示同样房间的 NATS 服务器：nats://主机:4222、tls://主机。"
    ),
    "The broker's USER:PASSWORD, a token, or file:PATH of one, or of a .creds file.": (
        "消息服务器的 用户:密码、令牌，或其 file:路径，或 .creds 文件。"
    ),
    # `new`
    "follow: the window of whoever has control. fixed: as WxH.": (
        "follow：跟随操作者的窗口；fixed：保持 WxH。"
    ),
    "Dots per inch, 48 to 480: 192 for large letters.": "每英寸点数，48 到 480：192 时文字更大。",
    "Go on when the command has ended.": "命令结束后继续共享。",
    "A window manager's command; none: the command brings its own, as desktops do.": (
        "窗口管理器的命令；none：命令自带（完整的桌面）。"
    ),
    "A Wayland display, by sway, in place of an X server.": (
        "用 sway 的 Wayland 显示代替 X 服务器。"
    ),
}
