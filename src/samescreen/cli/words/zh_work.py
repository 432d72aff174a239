"""What fails while the host works, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # Encoders
    "encoding with libx264, because {}": "正在用 libx264 编码，因为{0}",
    "encoding with libx264, because {}: {}": "正在用 libx264 编码，因为 {0}：{1}",
    "encoding with libx264, because {} is for {}": "正在用 libx264 编码，因为 {0} 只用于 {1}",
    "this build of PyAV has no {}{}": "此版本的 PyAV 没有 {0}{1}",
    "; reinstall `av`": "；请重新安装 `av`",
    "{} cannot encode {}: {}": "{0} 不能编码 {1}：{2}",
    "{} failed: {}": "{0} 失败了：{1}",
    "{} gave {} packets for one picture": "{0} 为一幅画面给出了 {1} 个包",
    "{} wrote a keyframe without its parameters": "{0} 写出的关键帧没有参数",
    "{} makes keyframes when it likes": "{0} 擅自生成关键帧",
    "{} makes pictures that decoders hold back": "{0} 生成的画面会让解码器延迟输出",
    "{} makes what cannot be decoded: {}": "{0} 生成的内容无法解码：{1}",
    "{} makes {}, which not every page can decode": "{0} 生成 {1}，并非每个网页都能解码",
    "{} shows another picture than it was given (off by {})": (
        "{0} 显示的画面与给它的不同（相差 {1}）"
    ),
    "libopus does not open: {}": "无法打开 libopus：{0}",
    "libopus refused the sound: {}": "libopus 拒绝了声音：{0}",
    "JPEG failed: {}": "JPEG 编码失败：{0}",
    "a still failed: {}": "一幅静态画面失败了：{0}",
    # Recordings
    "no minutes are kept: start the host with --keep-minutes N": (
        "没有保留最近几分钟：请在启动主机时加上 --keep-minutes N"
    ),
    "nothing has been shown yet that could be saved": "还没有显示过可以保存的内容",
    "the last minutes could not be saved: {}": "无法保存最近几分钟：{0}",
    "there is no such stream to record; there are: {}": "没有这一路可以录制；现有：{0}",
    "these pictures are sealed: record at the host that shares them": (
        "这些画面是加封的：请在共享它们的主机上录制"
    ),
    "the recording ended: {}; nothing was recorded": "录制已结束：{0}；没有录下任何内容",
    "the recording ended: {}; {} plays up to there": "录制已结束：{0}；{1} 可以播放到那里",
    # Remote control
    "remote control is not possible on this system": "此系统上不能远程控制",
    "macOS does not let this program move the pointer and type: allow it (or the terminal it runs "
    "in) in System Settings, Privacy & Security, Accessibility, then start it again": (
        "macOS 不允许本程序移动指针和打字：请在“系统设置 › 隐私与安全性 › 辅助功能”中允许它"
        "（或它所在的终端），然后重新启动"
    ),
    "Quartz cannot be used: {}": "无法使用 Quartz：{0}",
    "Windows took no input: a secure prompt (UAC) or the lock screen is shown, or a program that "
    "runs as administrator; close it, or run samescreen as administrator": (
        "Windows 没有接受输入：正在显示安全提示（UAC）、锁屏或以管理员身份运行的程序；"
        "请关闭它，或以管理员身份运行 samescreen"
    ),
    "this machine has no {}; load it with: sudo modprobe uinput": (
        "本机没有 {0}；载入命令：sudo modprobe uinput"
    ),
    "this program may not open {}; allow it until the next start of the machine with: "
    "sudo setfacl -m u:$USER:rw {}": (
        "本程序无权打开 {0}；在下次开机前允许它的命令：sudo setfacl -m u:$USER:rw {1}"
    ),
    "{} cannot be opened: {}": "无法打开 {0}：{1}",
    "{} takes no events: {}": "{0} 不接收输入：{1}",
    "the kernel made no device: {}": "内核没有建立设备：{0}",
    "X display {} has no XTEST keyboard": "X 显示 {0} 没有 XTEST 键盘",
    "X display {} has no {} extension, which remote control needs": (
        "X 显示 {0} 没有远程控制所需的 {1} 扩展"
    ),
    "X display {} has no XFIXES, which the clipboard needs": (
        "X 显示 {0} 没有剪贴板所需的 XFIXES"
    ),
    "this Wayland compositor lets no program use its clipboard": (
        "此 Wayland 合成器不允许程序使用剪贴板"
    ),
    "the seat of this Wayland compositor is gone": "此 Wayland 合成器的 seat 已不在",
    # What the host does
    "{} files are offered already; end one of them first": "已提供 {0} 个文件；请先结束其中一个",
    "there are {} links already; end one of them first": "已有 {0} 个链接；请先结束其中一个",
    "the host link is not handed out; make a ticket for a phone instead": (
        "主持人链接不外发；要让手机进来，请用一次性的二维码"
    ),
    "the viewer link can be replaced, and the host link stays": (
        "观看链接可以更换，主持人链接不变"
    ),
    "the host's powers come with the host link only": "主持人的权限只随主持人链接给出",
    "the host link always gives everything": "主持人链接总是给出全部权限",
    # The port, the certificate, files of this program
    "{} needs the interface that it is on: --host {}": "{0} 还要写明它所在的网络接口：--host {1}",
    "there is no home folder to keep an authority in; set HOME": (
        "没有主目录来存放证书颁发机构；请设置 HOME"
    ),
    "others can write to {}; chmod go-w it": "别人可以写入 {0}；请执行 chmod go-w",
    "others could write to {}, so its key may be theirs; chmod 600 it if you trust it, or make "
    "another: samescreen ca renew": (
        "别人曾可以写入 {0}，其中的密钥可能是他们的；若信任它，请执行 chmod 600；或更换："
        "samescreen ca renew"
    ),
    "others could read {}; it is closed to them now, and `samescreen ca renew` makes another key": (
        "别人曾可以读取 {0}；现已不让他们读取，`samescreen ca renew` 会更换密钥"
    ),
    "others could write to {}; it is closed to them now": "别人曾可以写入 {0}；现已不让他们写入",
    "cannot keep it in {}: {}": "无法存放在 {0}：{1}",
    "{} belongs to another user (number {}); remove it, or chown it": (
        "{0} 属于另一个用户（编号 {1}）；请删除它，或用 chown 更改"
    ),
    "{} is neither a file nor a folder; remove it": "{0} 既不是文件也不是文件夹；请删除它",
    "cannot remove {}: {}": "无法删除 {0}：{1}",
    "{} takes a text or a list of texts, such as {}": "{0} 的取值是一段文字或文字列表，如 {1}",
    # Displays of their own
    "cannot start {}: {}": "无法启动 {0}：{1}",
    "it cannot be started: {}": "无法启动：{0}",
    "it does not answer": "没有响应",
    "no D-Bus session: {}": "没有 D-Bus 会话：{0}",
    "sway takes no orders: it has no IPC socket": "sway 不接受命令：它没有 IPC 套接字",
    "another window manager runs there already": "那里已有别的窗口管理器在运行",
    "the X server cannot change its size: {}": "X 服务器不能改变大小：{0}",
}
