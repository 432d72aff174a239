"""What is said of wrong options, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # Words of the command line
    "{} (see samescreen {} --help)": "{0}（见 samescreen {1} --help）",
    "there is no option {}": "没有选项 {0}",
    "there is no option {}; similar ones: {}": "没有选项 {0}；相近的有：{1}",
    "there is no command {}": "没有命令 {0}",
    "there is no command {}; a similar one: {}": "没有命令 {0}；相近的有：{1}",
    "a command is missing": "缺少命令",
    "this command takes no further words: {}": "此命令不接受更多的词：{0}",
    "{} takes a whole number": "{0} 需要整数",
    "{} takes 1 or 0 as variable": "{0} 的环境变量取值是 1 或 0",
    "{} needs a value": "{0} 需要一个值",
    "{} takes no value": "{0} 不带值",
    # Options
    "{} takes {} to {}, not {}": "{0} 的取值是 {1} 到 {2}，不能是 {3}",
    "{} takes a whole number, not {}": "{0} 需要整数，不能是 {1}",
    "--max-bitrate takes a rate such as 8M or 500k, not {}": "--max-bitrate 的写法是 8M 或 500k，"
    "不能是 {0}",
    "--max-bitrate takes 100k to 1G, not {}": "--max-bitrate 的取值是 100k 到 1G，不能是 {0}",
    "--encoder takes {}, not {}": "--encoder 的取值是 {0}，不能是 {1}",
    "--threads takes auto, or 1 to 16, not {}": "--threads 的取值是 auto 或 1 到 16，不能是 {0}",
    "--backend takes {} on this system, not {}": "在此系统上 --backend 的取值是 {0}，不能是 {1}",
    "--audio takes output, or (a part of) a sound device's name": "--audio 的取值是 output，"
    "或声音设备名称（的一部分）",
    "--tls takes auto, off, or CERT,KEY, not {}": "--tls 的取值是 auto、off 或 证书,密钥，"
    "不能是 {0}",
    "--base-path takes a path such as /screen: letters, digits and . _ ~ -, no slash at its end, "
    "not {}": "--base-path 的写法如 /screen：字母、数字和 . _ ~ -，结尾不带斜杠，不能是 {0}",
    "--token takes 8 to 128 letters, digits and . _ ~ -": "--token 需要 8 到 128 个字母、数字或 "
    ". _ ~ -",
    "--host-token takes 16 to 128 letters, digits and . _ ~ -": "--host-token 需要 16 到 128 个"
    "字母、数字或 . _ ~ -",
    "--host-token must not be the --token, which everybody gets": "--host-token 不能与所有人都有的 "
    "--token 相同",
    "--pin takes six digits": "--pin 需要六位数字",
    "--log-level takes {}, not {}": "--log-level 的取值是 {0}，不能是 {1}",
    "--allow takes {}, not {}": "--allow 的取值是 {0}，不能是 {1}",
    "--trusted-proxy takes an address such as 10.0.0.7 or 10.0.0.0/8, not {}": "--trusted-proxy "
    "需要地址，如 10.0.0.7 或 10.0.0.0/8，不能是 {0}",
    "--hide-region takes X,Y,W,H in pixels, such as 0,0,300,40, not {}": "--hide-region 需要以像素"
    "表示的 X,Y,W,H，如 0,0,300,40，不能是 {0}",
    "--show-marks works on X11 desktops only; leave it out": "--show-marks 只能用于 X11 桌面；"
    "请去掉它",
    "--talk works on Linux only so far; leave it out": "--talk 目前只能用于 Linux；请去掉它",
    "--talk needs a sound server; leave it out: {}": "--talk 需要声音服务器；请去掉它：{0}",
    "--show-marks needs an X11 desktop; leave it out: {}": "--show-marks 需要 X11 桌面；请去掉它："
    "{0}",
    "--show-marks needs the X server's extension SHAPE; leave it out": "--show-marks 需要 "
    "X 服务器的 SHAPE 扩展；请去掉它",
    "--show-marks needs the X server's font 'fixed'; leave --show-marks out": "--show-marks 需要 X "
    "服务器的 fixed 字体；请去掉 --show-marks",
    "--record takes a path without control characters": "--record 的路径不能有控制字符",
    "--talk takes speakers or mic, not {}": "--talk 的取值是 speakers 或 mic，不能是 {0}",
    "leave --talk speakers or --audio output out: viewers would hear themselves": (
        "--talk speakers 和 --audio output 请去掉一个：否则观看者会听到自己的声音"
    ),
    "--files-folder and --offer take paths without control characters": (
        "--files-folder 和 --offer 的路径不能有控制字符"
    ),
    "--files-folder {} is no folder: name another": "--files-folder {0} 不是文件夹：请换一个",
    "leave --allow or --view-only out: with --view-only nobody may do this": (
        "--allow 和 --view-only 请去掉一个：有 --view-only 时谁都不能这样做"
    ),
    "leave --allow or --no-access-control out: everybody who reaches the port could do this": (
        "--allow 和 --no-access-control 请去掉一个：否则能连到端口的人都可以这样做"
    ),
    "--allow-host takes a name such as share.example.org, without https:// and port, not {}": (
        "--allow-host 需要主机名，如 share.example.org，不带 https:// 和端口，不能是 {0}"
    ),
    "--allow-frame takes an origin such as https://wiki.example.org or http://localhost:8888, "
    "without a path, not {}": (
        "--allow-frame 需要网站地址，如 https://wiki.example.org 或 http://localhost:8888，"
        "不带路径，不能是 {0}"
    ),
    "--hide-window takes a part of a window's title or class, or its number, at most {} "
    "characters; `samescreen sources` lists windows": (
        "--hide-window 需要窗口标题或类名的一部分，或窗口编号，最多 {0} 个字符；"
        "`samescreen sources` 会列出窗口"
    ),
    "--hide-window cannot hide anything in {}: only X11 screens, regions and windows are able to "
    "follow windows; leave --hide-window out, or use --hide-region X,Y,W,H": (
        "--hide-window 不能用于 {0}：只有 X11 的屏幕、区域和窗口能跟踪窗口；"
        "请去掉 --hide-window，或改用 --hide-region X,Y,W,H"
    ),
    "--hide-window waits for {}: no window has that name yet": (
        "--hide-window 在等待 {0}：还没有叫这个名字的窗口"
    ),
    "--sign works on X11 desktops only; leave it out": "--sign 只能用于 X11 桌面；请去掉它",
    "--sign needs an X11 desktop; leave it out: {}": "--sign 需要 X11 桌面；请去掉它：{0}",
}
