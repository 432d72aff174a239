// @ts-check
// The words about several streams at once, and about who takes part, in Simplified Chinese. Words only.

export const room = {
  "room.title": "房间",
  "room.open": "视图与成员",
  "room.single": "单个",
  "room.grid": "网格",
  "room.speaker": "发言者",
  "room.side": "并排",
  "room.people": "{n} 位参与者",
  "room.others": "另有 {n} 人观看",
  "room.you": "您",
  "room.host": "主机",
  "room.nameless": "成员 {n}",
  "room.watches-not": "仅展示",
  "room.large": "放大显示",
  "room.unpin": "跟随发言者",
  "room.pages": "画面分页",
  "room.previous": "上一页",
  "room.next": "下一页",
  "room.to-all": "展示给所有人",
  "room.take-back": "收回",
  "room.forwarded": "正展示给所有人",
  "room.kept": "仅您可见",
  "keys.room": "切换视图：网格、发言者、并排",
};
