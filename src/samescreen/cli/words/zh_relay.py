"""What a relay says in English, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "--via takes the address of a relay such as https://relay.example.org, without a "
    "token, not {}": (
        "--via 的取值是中继的地址，如 https://relay.example.org，不含令牌，不能是 {0}"
    ),
    "--via needs the relay's publish token: --via-token or SAMESCREEN_VIA_TOKEN": (
        "--via 还需要中继的发布令牌：--via-token 或 SAMESCREEN_VIA_TOKEN"
    ),
    "--via-token takes a publish token (16 to 128 letters, digits and . _ ~ -) or "
    "file:PATH": (
        "--via-token 的取值是发布令牌（16 到 128 个字母、数字或 . _ ~ -）或 file:路径"
    ),
    "leave --workers or --rooms out: rooms have one process": (
        "--workers 和 --rooms 请去掉一个：房间只用一个进程"
    ),
    "leave --workers out: this system cannot pass connections on": (
        "请去掉 --workers：此系统不能把连接交给别的进程"
    ),
    "no worker process starts; leave --workers out": "工作进程都没能启动；请去掉 --workers",
    "leave --tunnel or --via out: viewers come by one of them": (
        "--tunnel 和 --via 请去掉一个：观看者只经由其中之一"
    ),
    "--publish-token takes 16 to 128 letters, digits and . _ ~ -": (
        "--publish-token 的取值是 16 到 128 个字母、数字或 . _ ~ -"
    ),
    "--publish-token must differ from --token and --host-token": (
        "--publish-token 不能与 --token 或 --host-token 相同"
    ),
    "the file of --rooms is not TOML: {}": "--rooms 的文件不是 TOML：{0}",
    "the file of --rooms names 1 to {} rooms, not {}": (
        "--rooms 的文件应列出 1 到 {0} 个房间，而不是 {1} 个"
    ),
    "a room's name has 1 to 32 of a-z, 0-9 and -, not {} (in --rooms)": (
        "房间名由 1 到 32 个小写字母、数字或 - 组成，不能是 {0}（--rooms）"
    ),
    "{} is no room: begin each with a line [NAME] (in --rooms)": (
        "{0} 不是房间：每个房间以一行 [名称] 开头（--rooms）"
    ),
    "room {}: {}": "房间 {0}：{1}",
    "room {}: there is no {}; a room has {}": "房间 {0}：没有 {1}；房间可以有 {2}",
    "the rooms {} and {} have a secret in common": "房间 {0} 和 {1} 用了同一个密码",
    "{} belongs to one room: write it into the file of --rooms": (
        "{0} 只属于一个房间：请写进 --rooms 的文件"
    ),
    "--allow-via is for people on the relay that --via names": (
        "--allow-via 针对 --via 所指中继上的人，请一并给出 --via"
    ),
    "--allow-via takes control, point, clipboard, files, clipboard-in, clipboard-out, "
    "files-in and files-out, not {}": (
        "--allow-via 的取值是 control、point、clipboard、files、clipboard-in、clipboard-out、"
        "files-in 和 files-out，不能是 {0}"
    ),
    "--seal is for a relay: add --via and its address": (
        "--seal 针对中继，请一并给出 --via 及其地址"
    ),
    "--seal needs a relay with https: browsers open sealed pictures on no other page": (
        "--seal 需要 https 的中继：浏览器只在 https 页面上打开加封的画面"
    ),
    "leave --seal or --allow-via {} out: the relay would read that": (
        "请去掉 --seal 或 --allow-via {0}：中继会看到这些内容"
    ),
    "cannot read the file of --rooms, {}: {}": "无法读取 --rooms 的文件 {0}：{1}",
    "cannot read the file of --via-token: {}": (
        "无法读取 --via-token 的文件：{0}"
    ),
    "this person is on the relay: ask on its host page (its address with /host), "
    "which the publish token opens": (
        "此人在中继上：请在中继的主持人页面（中继地址加 /host，用发布令牌打开）上询问"
    ),
    "the file of --via-token holds no publish token": (
        "--via-token 的文件里没有发布令牌"
    ),
    "there is no https at the address of --via; does its server speak http?": (
        "--via 的地址上没有 https；那里的服务器用的是 http 吗？"
    ),
    "the relay's certificate is not one that this machine trusts; name its "
    "authority's file in SSL_CERT_FILE": (
        "本机不信任中继的证书；请在 SSL_CERT_FILE 中写明其证书颁发机构的文件"
    ),
    "the relay's certificate is not valid at this machine's time; check the clock here, and the "
    "certificate there": "按本机的时间，中继的证书无效；请检查本机的时钟和那里的证书",
    "there is no relay at the address of --via; check it, path included": (
        "--via 的地址上没有中继；请检查地址和路径"
    ),
    "the relay refuses the token; give the publish token of `samescreen serve` by "
    "--via-token or SAMESCREEN_VIA_TOKEN": (
        "中继拒绝了令牌；请用 --via-token 或 SAMESCREEN_VIA_TOKEN "
        "给出 `samescreen serve` 的发布令牌"
    ),
    "this token may not publish; take the relay's publish token": (
        "这个令牌不能发布；请使用中继的发布令牌"
    ),
    "the relay has as many hosts as it takes": (
        "中继上的主机已满"
    ),
    "the relay takes no sealed pictures; update it, or leave --seal out": (
        "该中继不接收加封的画面；请升级它，或去掉 --seal"
    ),
    "the relay speaks another version of the protocol; update the older one": (
        "中继的协议版本不同；请更新较旧的一方"
    ),
    "the relay does not answer in time": (
        "中继没有及时回应"
    ),
    "the connection to the relay broke": (
        "与中继的连接断了"
    ),
    "the relay stopped": (
        "中继已停止"
    ),
    "the relay put this host out": (
        "中继请走了本主机"
    ),
    "the relay lets this address try again in some seconds": (
        "中继要求本地址几秒后再试"
    ),
    "the relay answers with HTTP status {}": (
        "中继以 HTTP 状态 {0} 回应"
    ),
    "the proxy of the environment does not let it through: {}": (
        "环境变量中的代理不放行：{0}"
    ),
    "--bus takes addresses such as nats://broker.example.org:4222 or tls://…, without a "
    "password, not {}": (
        "--bus 的取值是地址，如 nats://broker.example.org:4222 或 tls://…，不含密码，不能是 {0}"
    ),
    "--bus takes {} addresses at most": "--bus 最多有 {0} 个地址",
    "--bus-secret takes USER:PASSWORD, a token, or file:PATH of a file with one of them or "
    "of a .creds file": (
        "--bus-secret 的取值是 用户:密码、令牌，或 file:路径（文件里是其中之一，或是 .creds 文件）"
    ),
    "--bus-secret is for the broker that --bus names": (
        "--bus-secret 针对 --bus 所指的消息服务器，请一并给出 --bus"
    ),
    "cannot read the file of --bus-secret: {}": "无法读取 --bus-secret 的文件：{0}",
    "--bus is for rooms: name them by --rooms, in a file that all relays have": (
        "--bus 用于房间：请用 --rooms 给出各中继共有的房间文件"
    ),
    "--bus needs nats-py: pip install 'samescreen[bus]'": (
        "--bus 需要 nats-py：pip install 'samescreen[bus]'"
    ),
    "the broker refuses the secret; give it by --bus-secret or SAMESCREEN_BUS_SECRET": (
        "消息服务器拒绝了密码；请用 --bus-secret 或 SAMESCREEN_BUS_SECRET 给出"
    ),
    "the broker offers no TLS; give it a certificate, or write nats:// in place of tls://": (
        "消息服务器没有 TLS；请给它证书，或把 tls:// 写成 nats://"
    ),
    "the broker's certificate is not one that this machine trusts; name its "
    "authority's file in SSL_CERT_FILE": (
        "本机不信任消息服务器的证书；请在 SSL_CERT_FILE 中写明其证书颁发机构的文件"
    ),
    "the broker's certificate is not valid at this machine's time; check the clock here, and the "
    "certificate there": "按本机的时间，消息服务器的证书无效；请检查本机的时钟和那里的证书",
    "the .creds file of --bus-secret is not valid at this machine's time; check the clock here, "
    "or make a new one": (
        "按本机的时间，--bus-secret 的 .creds 文件无效；请检查本机的时钟，或重新制作该文件"
    ),
    "the file of --bus-secret is no .creds file of NATS": (
        "--bus-secret 的文件不是 NATS 的 .creds 文件"
    ),
    "the connection to the broker broke": "与消息服务器的连接断了",
    "there is no NATS server at {}; check the address of --bus": (
        "{0} 上没有 NATS 服务器；请检查 --bus 的地址"
    ),
    "{} does not answer; is nats-server running there?": (
        "{0} 没有回应；那里的 nats-server 在运行吗？"
    ),
    "the broker takes messages of {} bytes only; set its max_payload to 1MB": (
        "消息服务器只收 {0} 字节的消息；请把它的 max_payload 设为 1MB"
    ),
    "{}:{} does not answer; is the relay running?": (
        "{0}:{1} 没有回应；中继在运行吗？"
    ),
}
