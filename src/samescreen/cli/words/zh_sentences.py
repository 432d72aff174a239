"""What other rooms say in English, in Simplified Chinese: errors, and names of sources. Pure.

The key is the sentence in the code, with "{}" for each value; the translation numbers the values.
A test looks each key up in the code. A sentence that is not here stays English.
"""

from __future__ import annotations

from typing import Final

from . import (
    zh_display,
    zh_far,
    zh_help,
    zh_options,
    zh_relay,
    zh_sources,
    zh_tunnel,
    zh_wayland,
    zh_work,
)

TEXTS: Final[dict[str, str]] = {
    # Files
    "cannot offer {}: {}": "无法提供 {0}：{1}",
    "cannot offer {}: it is no file": "无法提供 {0}：它不是文件",
    # What others show
    "this host was started with --view-only: no {} here": "本主机以 --view-only 启动：这里没有 {0}",
    "this host was started with --view-only: nobody shows anything here": "本主机以 --view-only "
    "启动：没有人可以展示内容",
    "whoever has the host link may show something without being asked": "持有主持人链接的人"
    "不用请求就可以展示",
    # Sources
    "{} is not a source; there are: {}": "{0} 不是来源；可用的有：{1}",
    "{} is a file; share it as file:{}": "{0} 是文件；请写成 file:{1}",
    "for what another Samescreen shares write host:LINK, for a film file:LINK": "要共享另一台 "
    "Samescreen 的画面，请写 host:链接；要共享网上的视频，请写 file:链接",
    "each source can be shared once: one was named twice": "每个来源只能共享一次：有一个写了两次",
    "this machine has no X display (DISPLAY is not set); run it inside the desktop session, or "
    "`samescreen share testcard`": "本机没有 X 显示（未设置 DISPLAY）；请在桌面会话中运行，"
    "或用 `samescreen share testcard`",
    "this machine's screen cannot be read: {}": "无法读取本机屏幕：{0}",
    "this machine's screen cannot be read: DISPLAY is not set": "无法读取本机屏幕：未设置 DISPLAY",
    "X display {} refused this program; check XAUTHORITY, which names the file with the key to it":
    "X 显示 {0} 拒绝了本程序；请检查 XAUTHORITY，它指明存放密钥的文件",
    "X display {} does not answer; check DISPLAY and XAUTHORITY": "X 显示 {0} 没有响应；"
    "请检查 DISPLAY 和 XAUTHORITY",
    "this session has no Wayland compositor (WAYLAND_DISPLAY or XDG_RUNTIME_DIR is not set); run "
    "it inside the desktop session": "此会话没有 Wayland 合成器（未设置 WAYLAND_DISPLAY 或 "
    "XDG_RUNTIME_DIR）；请在桌面会话中运行",
    "the Wayland compositor at {} refuses this user; run it as the user whose screen it is, "
    "without sudo": "{0} 的 Wayland 合成器拒绝此用户；请以屏幕所属的用户运行，不要用 sudo",
    "the Wayland compositor at {} does not answer; check WAYLAND_DISPLAY": "{0} 的 Wayland 合成器"
    "没有响应；请检查 WAYLAND_DISPLAY",
    "the Wayland compositor {} does not answer": "Wayland 合成器 {0} 没有响应",
    "the Wayland compositor {} went away": "Wayland 合成器 {0} 已退出",
    "the Wayland compositor refused a request: {}": "Wayland 合成器拒绝了请求：{0}",
    "this desktop offers GPU buffers only; update it": "此桌面只提供 GPU 缓冲区；请更新它",
    "connected, but no picture yet: the screen may be off or locked": "已连接，但还没有画面："
    "屏幕可能已关闭或锁定",
    "{} gives no picture now; it may be off or locked": "{0} 现在没有画面；屏幕可能已关闭或锁定",
    "{} was unplugged or turned off": "{0} 已拔出或关闭",
    "this compositor makes no new screens for programs; make one with its own tool (hyprctl output "
    "create headless), and share it by its name, as `samescreen sources` has it": "此合成器不为程序"
    "新建屏幕；请用它自己的工具新建（hyprctl output create headless），再按 "
    "`samescreen sources` 列出的名称共享",
    "sway makes no new screen: {}": "sway 没有新建屏幕：{0}",
    "this version of sway keeps the new screen {} until it ends": "此版本的 sway "
    "在退出前会保留新屏幕 {0}",
    "no screen is connected to this machine now": "本机现在没有连接屏幕",
    "the region lies on several screens: only its part on {} is shown": "该区域跨多个屏幕："
    "只显示在 {0} 上的部分",
    "there is no screen {}: this display has {}; `samescreen sources` lists them": "没有屏幕 {0}："
    "此显示有 {1} 个；`samescreen sources` 会列出",
    "there is no screen {}: this machine has {}; `samescreen sources` lists them": "没有屏幕 {0}："
    "本机有 {1} 个；`samescreen sources` 会列出",
    "there is no window {}; `samescreen sources` lists them": "没有窗口 {0}；"
    "`samescreen sources` 会列出",
    "no window's title or class contains {}; `samescreen sources` lists them": "没有窗口的标题或"
    "类名包含 {0}；`samescreen sources` 会列出",
    "the window was closed": "窗口已关闭",
    "the window was closed; another that {} names is shown once it is opened": "窗口已关闭；"
    "另一个符合 {0} 的窗口打开后会显示它",
    "the region {} lies outside the desktop, which is {}": "区域 {0} 在桌面之外，桌面是 {1}",
    "the region {} is empty; X,Y,W,H are its corner, its width and its height": "区域 {0} 是空的；"
    "X,Y,W,H 是它的左上角、宽和高",
    "no camera is connected to this machine": "本机没有连接摄像头",
    "there is no camera {}; `samescreen sources` lists them": "没有摄像头 {0}；"
    "`samescreen sources` 会列出",
    "{} is used by another program; close that one": "{0} 正被别的程序使用；请关闭那个程序",
    "{} may not be used; {}": "没有权限使用 {0}；{1}",
    "there is no {}": "没有 {0}",
    "{} is a terminal; pipe a video into it": "{0} 是终端；请用管道送入视频",
    "stdin cannot be shared on this system; share `file:PATH`": "此系统上不能共享 stdin；"
    "请共享 `file:PATH`",
    "nobody sends to {} yet": "还没有人向 {0} 推流",
    "what was sent to {} is not a video that can be read": "送到 {0} 的内容不是可以读取的视频",
    "cannot listen on port {} for RTMP: {}; name another": "无法在端口 {0} 上监听 RTMP：{1}；"
    "请换一个",
    "listen takes rtmp://0.0.0.0:1935/APP/KEY, or @FILE with such a line: the address of this "
    "machine, and what others must know to publish": "listen 需要 rtmp://0.0.0.0:1935/APP/KEY，"
    "或 @文件（其中有这样一行）：本机的地址，以及推流者必须知道的内容",
    "listen cannot read {}: {}": "listen 无法读取 {0}：{1}",
    "stdin ended": "stdin 已结束",
    "{} is a folder; name a file in it": "{0} 是文件夹；请写出其中的文件",
    "{} may not be read by this user; change its permissions": "此用户无权读取 {0}；请更改其权限",
    "{} is not a video or picture that can be read": "{0} 不是可以读取的视频或图片",
    "sharing the test card, because {}": "正在共享测试画面，因为{0}",
    "{} does not answer; try again, or share something else": "{0} 没有响应；"
    "请重试，或共享别的来源",
    "there are {} streams already; end one of them first": "已有 {0} 路；请先结束其中一路",
    "a built-in moving picture": "内置的动态测试画面",
    # Sound
    "what this machine plays": "本机播放的声音",
    "no sound: {}": "没有声音：{0}",
    "this machine has no sound output to record": "本机没有可录的声音输出",
    "no sound device is called {}; there are: {}": "没有叫 {0} 的声音设备；可用的有：{1}",
    "no sound server answers ({}): start PulseAudio or PipeWire": "没有声音服务响应（{0}）："
    "请启动 PulseAudio 或 PipeWire",
    "the sound server does not answer": "声音服务没有响应",
    "the sound server does not answer: restart PulseAudio or PipeWire": "声音服务没有响应："
    "请重新启动 PulseAudio 或 PipeWire",
    "libpulse is not installed (Debian: apt install libpulse0)": "未安装 libpulse"
    "（Debian：apt install libpulse0）",
    # The port and the certificate
    "port {} is in use; choose another: --port {}, or --port 0": "端口 {0} 已被占用；请换一个："
    "--port {1}，或 --port 0",
    "port {} needs more rights; choose one above 1023: --port 9000": "端口 {0} 需要更高的权限；"
    "请用 1023 以上的端口：--port 9000",
    "{} is not an address of this machine; leave --host out to use them all": "{0} 不是本机的地址；"
    "不写 --host 即使用全部地址",
    "this system has no IPv6; leave --host out to use its IPv4 addresses": "此系统没有 IPv6；"
    "不写 --host 即使用 IPv4 地址",
    "cannot listen on {}:{}: {}": "无法监听 {0}:{1}：{2}",
    "made a new certificate authority, because {}; browsers must trust it again": (
        "已新建证书颁发机构，因为{0}；浏览器需要重新信任"
    ),
    "the file of the one before is broken": "原来的文件已损坏",
    "the one before expires soon, or this machine's clock is wrong": (
        "原来的即将到期，或本机的时钟不对"
    ),
    "this machine has another name or address than the one before may sign for": (
        "本机有了原来的不能签名的名称或地址"
    ),
    "the https certificate is for this run only: {}": "https 证书只用于这一次运行：{0}",
    "--tls: cannot read {}: {}": "--tls：无法读取 {0}：{1}",
    "--tls: the key is encrypted; give one that is not (openssl pkey)": "--tls：密钥有密码；"
    "请给出没有密码的密钥（openssl pkey）",
    "--tls: the key in {} does not belong to the certificate in {}": "--tls：{0} 中的密钥"
    "与 {1} 中的证书不匹配",
    "--tls: {} and {} are not a certificate and its key in PEM form": "--tls：{0} 和 {1} "
    "不是 PEM 格式的证书及其密钥",
    # Recording
    "a recording runs already: stop it first": "已在录制：请先停止",
    "the recording was stopped before it began": "录制在开始之前已停止",
    "there is no folder {}: make it first, or name another": "没有文件夹 {0}：请先创建，或换一个",
    "{} is there already: name another file": "{0} 已存在：请换一个文件名",
    "cannot record to {}: {}": "无法录制到 {0}：{1}",
    "cannot record to {}: {}; name a place that you may write to": "无法录制到 {0}：{1}；"
    "请换一个可以写入的位置",
    "there is no home folder to record to: name a place": "没有主目录可供录制：请指定一个位置",
    "a recording is a folder, or a name that ends in .mp4, not {}": "录制需要文件夹，或以 .mp4 "
    "结尾的文件名，不能是 {0}",
    # Outputs
    "--output takes rtmp://HOST/APP/KEY or rtsp://HOST/PATH (rtmps and rtsps too), or @FILE "
    "with such a line": (
        "--output 需要 rtmp://HOST/APP/KEY 或 rtsp://HOST/PATH（也可用 rtmps、rtsps），"
        "或 @文件（其中有这样一行）"
    ),
    "each --output goes to another place: one was named twice": "每个 --output 的目的地必须不同："
    "有一个写了两次",
    "--output cannot read {}: {}": "--output 无法读取 {0}：{1}",
    "--output finds no address in {}: write rtmps://HOST/APP/KEY there": "--output 在 {0} 中"
    "找不到地址：请写入 rtmps://HOST/APP/KEY",
    "{} refuses the connection: check the port, and that the server runs": "{0} 拒绝连接："
    "请检查端口，以及服务器是否在运行",
    "{} is not known: check the address, and the network of this machine": "找不到 {0}："
    "请检查地址和本机网络",
    "{} does not answer: check the address, and the network of this machine": "{0} 没有响应："
    "请检查地址和本机网络",
    "the certificate of {} is not valid: check the name, and the clock here": "{0} 的证书无效："
    "请检查名称和本机时钟",
    "{} does not take the stream: check the key, and that nobody else sends with it": "{0} 不接收"
    "此流：请检查密钥，并确认没有别人在用它推流",
    "{} wants a name and a password: write rtsp://NAME:PASSWORD@HOST/PATH": "{0} 要求用户名和密码："
    "请写成 rtsp://NAME:PASSWORD@HOST/PATH",
    "{} does not know the path: check the end of the address": "{0} 没有这个路径：请检查地址的末尾",
    "{} closed the connection: look at what the site says about the stream": "{0} 关闭了连接："
    "请查看网站对此流的说明",
    "these pictures are sealed: give --output at the host that shares them": (
        "这些画面是加封的：请在共享它们的主机上使用 --output"
    ),
    "{} does not take the stream as fast as it is made: lower --max-bitrate": "{0} 接收得不够快："
    "请调低 --max-bitrate",
    # What the host may do
    "whoever has the host link cannot be put out; restart the host": "持有主持人链接的人无法请出；"
    "请重启主机",
    "a line has 1 to {} characters": "一行文字是 1 到 {0} 个字符",
    "a viewer is acting on this machine; take control back first": "有观看者正在操作本机；"
    "请先收回控制",
    # The system's own reasons
    "Permission denied": "没有权限",
    "No such file or directory": "没有这个文件或目录",
    "No space left on device": "磁盘已满",
    "Is a directory": "这是一个目录",
    "Connection refused": "连接被拒绝",
    # Of the command line
    "{}; sharing goes on, Ctrl-C stops it": "{0}；共享继续，按 Ctrl-C 停止",
    "nobody reads the output any more": "没有程序再读取输出",
    "still waiting for {}; Ctrl-C ends this": "还在等 {0}；按 Ctrl-C 结束",
    "left out {}": "略去 {0}",
    "{}: it does not answer": "{0}：没有响应",
    "{}: the X server at DISPLAY={} does not answer": "{0}：DISPLAY={1} 的 X 服务器没有响应",
    "sound: its server does not answer": "声音：声音服务没有响应",
    "the sound of --audio {}: its server does not answer": "--audio {0} 的声音：声音服务没有响应",
    # doctor
    "no answer within {} s": "{0} 秒内没有响应",
    "{} ({}); restart what should answer": "{0}（{1}）；请重启应当响应的程序",
    "no picture within a second": "一秒内没有画面",
    "first picture {} ms": "第一幅画面 {0} ms",
    "{}, {}, {} ms for a 1280×720 picture": "{0}，{1}，一幅 1280×720 的画面 {2} ms",
    "libjpeg-turbo, {} ms for a 1280×720 picture": "libjpeg-turbo，一幅 1280×720 的画面 {0} ms",
    "works; the probe took {} s": "可用；检测用了 {0} 秒",
    "no NVIDIA GPU (no /dev/nvidia*)": "没有 NVIDIA GPU（没有 /dev/nvidia*）",
    "no {} GPU (none among /dev/dri/renderD*)": "没有 {0} GPU（/dev/dri/renderD* 中没有）",
    "no encoder among /dev/video*": "/dev/video* 中没有编码器",
    "{}; share it with {}": "{0}；用 {1} 共享",
    "{} is in use; share with --port {}": "{0} 已被占用；请用 --port {1} 共享",
    "{} is free": "{0} 空闲",
    "no address but this machine's own: only it can open the link": "除本机外没有别的地址："
    "只有本机能打开链接",
    "{} is on Wi-Fi: a guest network may keep devices apart": "{0} 在 Wi-Fi 上：访客网络可能"
    "隔离设备",
    "{} is on a VPN ({}): only its members reach it": "{0} 在 VPN（{1}）上：只有其成员能连到",
    "this is a container: others reach only ports that it publishes": "这是容器：别人只能连到"
    "它公开的端口",
    "none that can be seen without more rights is on": "没有发现已启用的防火墙（权限不足时看不全）",
    "ufw is on; unless it lets the port in already: sudo ufw allow {}/tcp": "ufw 已启用；"
    "若尚未放行该端口：sudo ufw allow {0}/tcp",
    "firewalld is on; unless it lets the port in already: {}": "firewalld 已启用；"
    "若尚未放行该端口：{0}",
    "Windows Firewall is on; {}": "Windows 防火墙已启用；{0}",
    "allow Python in Windows Security, Firewall, or let TCP port {} in": "请在“Windows 安全中心 › "
    "防火墙”中允许 Python，或放行 TCP 端口 {0}",
    "the firewall of macOS is on; {}": "macOS 防火墙已启用；{0}",
    "allow Python in System Settings, Network, Firewall, Options": "请在“系统设置 › 网络 › 防火墙 "
    "› 选项”中允许 Python",
    "a certificate authority will be made in {}": "将在 {0} 创建证书颁发机构",
    "no home folder: the certificate will be for one run only": "没有主目录：证书只用于这一次运行",
    "{} holds a broken authority, to be made anew: {}": "{0} 中的证书颁发机构已损坏，"
    "将重新创建：{1}",
    "cannot renew the authority in {}: {}": "无法更新 {0} 中的证书颁发机构：{1}",
    "authority {}, {}, SHA-256 {}": "证书颁发机构 {0}，{1}，SHA-256 {2}",
    "until {}": "有效至 {0}",
    "{}; warning: whoever steals its key can also sign mail and programs with it, as it is of an "
    "earlier version: samescreen ca renew": "{0}；注意：它由旧版本创建，偷到其密钥的人还能签署邮件"
    "和程序：samescreen ca renew",
    "tried first here: {}": "此处首选：{0}",
    "screens": "屏幕",
    "regions": "区域",
    "single windows": "单个窗口",
    # What others publish
    "what was published is damaged": "发布的内容已损坏",
    "what was published is in a form that not every viewer can show": "发布的内容所用的格式，"
    "并非每位观看者都能显示",
    "the published picture does not have the size that was announced or allowed": "发布的画面尺寸"
    "与声明的或允许的不符",
    "what was published is not what the message says it is": "发布的内容与其消息所说的不符",
    "this publisher may publish whole pictures only": "此发布者只能发布完整画面",
    "one message is larger than this host accepts": "有一条消息超过了此主机接受的大小",
    "more was published in a second than this host accepts": "一秒内发布的内容超过了此主机接受的量",
    "a part was lost on the way; the next keyframe repairs it": "途中丢失了一部分；"
    "下一个关键帧会修复",
    **zh_options.TEXTS,
    **zh_help.TEXTS,
    **zh_display.TEXTS,
    **zh_tunnel.TEXTS,
    **zh_relay.TEXTS,
    **zh_far.TEXTS,
    **zh_wayland.TEXTS,
    **zh_sources.TEXTS,
    **zh_work.TEXTS,
}
