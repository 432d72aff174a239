"""The wire: bytes ⇄ values. Pure: no sockets, threads, clocks. Twin of viewer/wire.js."""
