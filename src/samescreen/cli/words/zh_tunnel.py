"""What the tunnel says in English, in Simplified Chinese; see `zh_sentences.py`. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "--tunnel takes cloudflared, tailscale or ssh:USER@HOST, not {}": (
        "--tunnel 的取值是 cloudflared、tailscale 或 ssh:用户@主机，不能是 {0}"
    ),
    "leave --tunnel or --no-access-control out: everybody on the internet could watch": (
        "--tunnel 和 --no-access-control 请去掉一个：否则互联网上任何人都能看"
    ),
    "{} is not installed; install it with: {}": "未安装 {0}；安装命令：{1}",
    "Cloudflare decrypts it on its way, so Cloudflare can see the picture and the link's "
    "secret; nobody else on the way can.": (
        "内容在途中由 Cloudflare 解密，所以 Cloudflare 能看到画面和链接里的密钥；途中的其他人看不"
        "到。"
    ),
    "It is decrypted on this machine only: Tailscale's servers pass it on and cannot read it.": (
        "内容只在本机解密：Tailscale 的服务器只转发，看不到内容。"
    ),
    "It is plain http between the viewers and that server: the server, and everybody on the "
    "way to it, can see the picture and the link's secret.": (
        "观看者与该服务器之间是明文 http：该服务器和途中的任何人都能看到画面和链接里的密钥。"
    ),
    "{} decrypts it on its way, so it can see the picture and the link's secret; nobody else "
    "on the way can.": (
        "内容在途中由 {0} 解密，所以它能看到画面和链接里的密钥；途中的其他人看不到。"
    ),
    "Cloudflare gives this network no more quick tunnels; wait some minutes": (
        "Cloudflare 暂时不再给本网络快速隧道；请等几分钟"
    ),
    "Cloudflare gave no address; is this machine online? ({})": (
        "Cloudflare 没有给出地址；本机联网了吗？（{0}）"
    ),
    "cloudflared gets no connection; let port 7844 out, TCP or UDP": (
        "cloudflared 连不上；请放行出站端口 7844（TCP 或 UDP）"
    ),
    "cloudflared got no address in time; is this machine online?": (
        "cloudflared 没有及时得到地址；本机联网了吗？"
    ),
    "cloudflared ended: {}": "cloudflared 已退出：{0}",
    "tailscale ended: {}": "tailscale 已退出：{0}",
    "ssh ended: {}": "ssh 已退出：{0}",
    "it gave no reason": "没有说明原因",
    "it said nothing": "没有任何输出",
    "tailscale gave no address in time: {}": "tailscale 没有及时给出地址：{0}",
    "ssh gave no address in time: {}": "ssh 没有及时给出地址：{0}",
    "tailscale's service does not run: sudo systemctl start tailscaled": (
        "tailscale 的服务没有运行：sudo systemctl start tailscaled"
    ),
    "the tailnet's administrator must approve this machine first": (
        "请先让 tailnet 的管理员批准本机"
    ),
    "tailscale is not logged in: sudo tailscale up": "tailscale 尚未登录：sudo tailscale up",
    "this machine has no name in its tailnet; switch MagicDNS on": (
        "本机在 tailnet 中没有名称；请启用 MagicDNS"
    ),
    "tailscale obeys only its operator: sudo tailscale set --operator=$USER": (
        "tailscale 只听从其操作员：sudo tailscale set --operator=$USER"
    ),
    "Tailscale serves something else on port 443: tailscale serve status": (
        "Tailscale 的 443 端口已有别的服务：tailscale serve status"
    ),
    "https is off in this tailnet; switch it on in the admin console, DNS": (
        "此 tailnet 未启用 https；请在管理控制台的 DNS 页启用"
    ),
    "this tailscale is too old: it takes version 1.52 or newer": (
        "tailscale 版本太旧：需要 1.52 或更新"
    ),
    "Funnel is off in this tailnet; switch it on: {}": (
        "此 tailnet 未启用 Funnel；请在此启用：{0}"
    ),
    "Funnel is off in this tailnet; its administrator can switch it on": (
        "此 tailnet 未启用 Funnel；管理员可以启用"
    ),
    "{} shows another key than before, so somebody may sit in between; compare it, then: "
    "ssh-keygen -R {}": (
        "{0} 的密钥与以前不同，中间可能有人；请核对，然后：ssh-keygen -R {1}"
    ),
    "ssh does not know the key of {} yet; connect once, compare it and accept it: ssh {}": (
        "ssh 还不认识 {0} 的密钥；请先连接一次，核对并接受：ssh {1}"
    ),
    "{} refused the key; install yours there (ssh-copy-id {}), and load one with a "
    "passphrase (ssh-add)": (
        "{0} 拒绝了密钥；请把您的公钥装到那里（ssh-copy-id {1}），有密码的密钥请先载入（ssh-add）"
    ),
    "{} refused to forward; the port may be taken or below 1024, or its sshd_config needs "
    "AllowTcpForwarding yes": (
        "{0} 拒绝转发；端口可能已被占用或小于 1024，或其 sshd_config 需要 AllowTcpForwarding yes"
    ),
    "there is no server {}; check its name and the network": "没有服务器 {0}；请检查名称和网络",
    "{}:{} does not answer from here; its sshd_config needs GatewayPorts clientspecified, "
    "and its firewall must let that port in": (
        "从本机连不上 {0}:{1}；其 sshd_config 需要 GatewayPorts clientspecified，防火墙也要放行该"
        "端口"
    ),
    "a mounted share has no tunnel: lead one to its application": (
        "挂载的共享没有隧道：请把隧道接到其所在的应用"
    ),
    "installed: {}; not installed: {}": "已安装：{0}；未安装：{1}",
    "installed: {}": "已安装：{0}",
    "none of these is installed: {}": "都没有安装：{0}",
}
