"""What is said of Wayland desktops, their portals and PipeWire, in Simplified Chinese. Pure."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    "no desktop session here; run it inside the session, or set XDG_RUNTIME_DIR, WAYLAND_DISPLAY "
    "and DBUS_SESSION_BUS_ADDRESS": "这里没有桌面会话；请在会话中运行，或设置 XDG_RUNTIME_DIR、"
    "WAYLAND_DISPLAY 和 DBUS_SESSION_BUS_ADDRESS",
    "run it as the user whose screen it is, without sudo": "请以屏幕所属的用户运行，不要用 sudo",
    "xdg-desktop-portal is not installed or not running (Debian: apt install xdg-desktop-portal)":
    "xdg-desktop-portal 未安装或未运行（Debian：apt install xdg-desktop-portal）",
    "the portal took too long to start; try: systemctl --user restart xdg-desktop-portal":
    "门户启动太慢；请试：systemctl --user restart xdg-desktop-portal",
    "the portal cannot be started; see: journalctl --user -u 'xdg-desktop-portal*'":
    "门户无法启动；请看：journalctl --user -u 'xdg-desktop-portal*'",
    "this desktop's portal cannot share screens; install xdg-desktop-portal-gnome, -kde or -wlr; "
    "XDG_CURRENT_DESKTOP is {}": "此桌面的门户不能共享屏幕；请安装 xdg-desktop-portal-gnome、"
    "-kde 或 -wlr；XDG_CURRENT_DESKTOP 是 {0}",
    "sharing was refused in the dialog; share again to be asked once more": "对话框中拒绝了共享；"
    "再次共享会重新询问",
    "the desktop could not start the share; see: journalctl --user -u 'xdg-desktop-portal*'":
    "桌面无法开始共享；请看：journalctl --user -u 'xdg-desktop-portal*'",
    "sharing was stopped at that computer; share again to ask once more": "那台电脑上已停止共享；"
    "再次共享会重新询问",
    "the desktop does not share its screen again by itself; share again": "桌面不会自动再次共享"
    "屏幕；请重新共享",
    "nothing was chosen in the dialog; share again": "对话框中没有选择任何内容；请重新共享",
    "waiting for someone at that computer to choose a screen": "正在等待那台电脑前的人选择屏幕",
    "the desktop session's bus went away": "桌面会话的总线已断开",
    "PipeWire is missing, which carries the desktop's pictures (Debian: apt install "
    "libpipewire-0.3-0 pipewire wireplumber)": "缺少传送桌面画面的 PipeWire（Debian：apt install "
    "libpipewire-0.3-0 pipewire wireplumber）",
    "PipeWire is not running: systemctl --user start pipewire wireplumber": "PipeWire 未运行："
    "systemctl --user start pipewire wireplumber",
    "PipeWire links no pictures: it has no session manager (systemctl --user start wireplumber), "
    "or this desktop offers GPU buffers only": "PipeWire 没有接通画面：没有会话管理器"
    "（systemctl --user start wireplumber），或此桌面只提供 GPU 缓冲区",
    "this desktop offers pictures in GPU buffers only, which cannot be read; update it":
    "此桌面只在 GPU 缓冲区中提供画面，无法读取；请更新它",
    "PipeWire ended the pictures: {}": "PipeWire 结束了画面：{0}",
    "the desktop's pictures cannot be read; the log says why": "无法读取桌面的画面；原因见日志",
    "this Wayland desktop lets no program read its screen without a dialog; leave --backend out":
    "此 Wayland 桌面只有通过对话框才允许程序读取屏幕；请去掉 --backend",
    "X display {} is XWayland, which cannot see the desktop; set WAYLAND_DISPLAY, and leave "
    "--backend out": "X 显示 {0} 是 XWayland，看不到桌面；请设置 WAYLAND_DISPLAY，并去掉 --backend",
    "this Wayland compositor lets no program move its pointer and type; viewers can only watch":
    "此 Wayland 合成器不允许程序移动指针和打字；观看者只能观看",
    "this desktop's portal has no remote control; viewers can only watch": "此桌面的门户没有远程"
    "控制；观看者只能观看",
    "remote control was stopped at that computer": "那台电脑上已停止远程控制",
    "another screen than the shared one was chosen in the dialog for remote control; give control "
    "again, and choose the shared one": "远程控制的对话框中选择了另一个屏幕；请再次授予控制，"
    "并选择正在共享的屏幕",
    "mouse and keyboard were not allowed in the dialog; give control again": "对话框中没有允许使用"
    "鼠标和键盘；请再次授予控制",
    "waiting for someone at that computer to allow remote control in a dialog":
    "正在等待那台电脑前的人在对话框中允许远程控制",
    "nobody answered the dialog while that was wanted": "需要时没有人回应对话框",
    "the desktop refused remote control: {}": "桌面拒绝了远程控制：{0}",
    "the screen {} is gone": "屏幕 {0} 已不在",
    "this desktop asks which screen to share: share `screen`": "此桌面会询问共享哪个屏幕：请共享 "
    "`screen`",
    "this desktop cannot make a new screen; share `screen`": "此桌面不能新建屏幕；请共享 `screen`",
    # `sources` and `doctor`
    "a dialog of this desktop asks which screen": "此桌面会用对话框询问共享哪个屏幕",
    "a new screen beside the others": "在其他屏幕之外新建一个屏幕",
    "{} lets programs capture without a dialog": "{0} 允许程序直接采集，无需对话框",
    "{} lets programs capture through a dialog only": "{0} 只有通过对话框才允许程序采集",
    "{}: its desktop does not answer, or asks somebody in a dialog": "{0}：桌面没有响应，"
    "或正在对话框中询问",
    "{} runs": "{0} 正在运行",
}
