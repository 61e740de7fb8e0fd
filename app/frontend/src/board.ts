import { follow } from "./board/follow";

const board = document.querySelector<HTMLElement>("[data-board-url]");
if (board) follow(board);
