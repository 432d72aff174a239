"""What `host:URL` says in English, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "host: takes the link of another host, such as host:https://10.0.0.5:9000/#token=TOKEN": (
        "host: 的取值是另一台主机的链接，如 host:https://10.0.0.5:9000/#token=令牌"
    ),
    "in host:URL, ca= takes the CA SHA-256 that an https host shows": (
        "host:URL 里 ca= 的取值是 https 主机显示的 CA SHA-256"
    ),
    "in host:URL, after the # stand only: {}": "host:URL 的 # 之后只能写：{0}",
    "in host:URL, take one of {}= and {}=": "host:URL 里 {0}= 和 {1}= 只能写一个",
    "in host:URL, pin= takes six digits": "host:URL 里 pin= 的取值是六位数字",
    "the environment variable of token-env= in host:URL is empty": (
        "host:URL 里 token-env= 指定的环境变量是空的"
    ),
    "what should be the token of host:URL has characters that no token has": (
        "host:URL 的令牌里有令牌不会有的字符"
    ),
    "cannot read the file of token-file= in host:URL: {}": (
        "无法读取 host:URL 里 token-file= 指定的文件：{0}"
    ),
    "the file of token-file= in host:URL is empty": "host:URL 里 token-file= 指定的文件是空的",
    "nothing can be painted out of what another host shares; leave --hide-window and "
    "--hide-region out": (
        "另一台主机共享的画面里无法遮盖任何部分；请去掉 --hide-window 和 --hide-region"
    ),
    "the other host does not answer; it is tried again": "另一台主机没有回应；会自动重试",
    "the connection to the other host broke; it is tried again": (
        "与另一台主机的连接断了；会自动重试"
    ),
    "the other host stopped sharing; it is tried again": "另一台主机停止了共享；会自动重试",
    "there is no Samescreen at this address; check host:URL, path included": (
        "这个地址上没有 Samescreen；请检查 host:URL，包括路径"
    ),
    "the other host does not speak https at this address; take its http link": (
        "另一台主机在这个地址上不支持 https；请用它的 http 链接"
    ),
    "this machine does not trust the other host's certificate; add &ca= and the CA SHA-256 "
    "that the other host shows, or name its authority's file in SSL_CERT_FILE": (
        "本机不信任另一台主机的证书；请加上 &ca= 和那台主机显示的 CA SHA-256，"
        "或在 SSL_CERT_FILE 中写明其证书颁发机构的文件"
    ),
    "the other host's certificate is not valid at this machine's time; check the clock here, and "
    "the certificate there": "按本机的时间，另一台主机的证书无效；请检查本机的时钟和那里的证书",
    "the other host's certificate authority is not the one that ca= names; somebody may be "
    "between, or `samescreen ca renew` ran there": (
        "另一台主机的证书颁发机构不是 ca= 指定的那个；可能有人在中间，或者那里执行过 "
        "`samescreen ca renew`"
    ),
    "the other host asks for a token or a PIN; put one after the # of host:URL, or into "
    "SAMESCREEN_SOURCE_TOKEN": (
        "另一台主机要求令牌或 PIN；请写在 host:URL 的 # 之后，或写入 SAMESCREEN_SOURCE_TOKEN"
    ),
    "the other host refuses this token or PIN; take its current link": (
        "另一台主机拒绝了这个令牌或 PIN；请用它现在的链接"
    ),
    "the other host lets nobody else in at the moment": "另一台主机目前不再让人进入",
    "the other host has not let this host in yet; answer it there": (
        "另一台主机还没有放行本机；请在那里放行"
    ),
    "the other host must let this address back in first": "要等另一台主机重新允许这个地址",
    "the other host put this host out": "另一台主机请走了本机",
    "this link of the other host does not let anybody watch": "另一台主机的这个链接不能用来观看",
    "the other host has as many viewers as it takes": "另一台主机的观看者已满",
    "these pictures are sealed, and only pages with their link show them; take host:URL of the "
    "host that shares them": (
        "这些画面是加封的，只有持其链接的网页才能显示；请使用共享它们的主机的 host:URL"
    ),
    "the other host speaks another version of the protocol; update the older one": (
        "另一台主机的协议版本不同；请更新较旧的一方"
    ),
    "the other host does not share the stream that host:URL names now": (
        "另一台主机现在没有共享 host:URL 指定的那一路"
    ),
    "the other host shares nothing at the moment": "另一台主机目前什么也没有共享",
    "host:URL leads back to this host; name another host": (
        "host:URL 绕回了本机；请写另一台主机"
    ),
    "host:URL goes through too many hosts; name the first of them": (
        "host:URL 经过的主机太多；请直接写第一台"
    ),
    "the other host sends what this host does not let through": (
        "另一台主机发来的内容，本机不予放行"
    ),
    "the other host does not answer to this name; take its address, or start it with "
    "--allow-host and the name": (
        "另一台主机不接受这个名称；请用它的地址，或在启动它时加上 --allow-host 和这个名称"
    ),
    "the host link does not work through a tunnel; take the viewer link": (
        "主持人链接不能经过隧道；请用观看链接"
    ),
    "the other host lets this address try again later": "另一台主机要求这个地址稍后再试",
    "the other host refuses this with HTTP {}": "另一台主机拒绝了请求，HTTP {0}",
}
