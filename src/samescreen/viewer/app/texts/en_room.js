// @ts-check
// The words about several streams at once, and about who takes part, in English. Words only.

export const room = {
  "room.title": "Room",
  "room.open": "Views and people",
  "room.single": "One",
  "room.grid": "Grid",
  "room.speaker": "Speaker",
  "room.side": "Side by side",
  "room.people": "{n} people take part",
  "room.people.one": "1 person takes part",
  "room.others": "{n} others watch",
  "room.others.one": "1 other watches",
  "room.you": "you",
  "room.host": "Host",
  "room.nameless": "Person {n}",
  "room.watches-not": "shows only",
  "room.large": "Show large",
  "room.unpin": "Follow who talks",
  "room.pages": "Pages of pictures",
  "room.previous": "Previous page",
  "room.next": "Next page",
  "room.to-all": "Show to everybody",
  "room.take-back": "Take back",
  "room.forwarded": "shown to everybody",
  "room.kept": "only you see it",
  "keys.room": "Next view: grid, speaker, side by side",
};
