import "./styles/app.css";
import { addReadersTimes, closeMenus, copyOnClick, revealEnhanced } from "./page/comfort";
import { focusErrorSummary, guardAgainstDoubleSubmit } from "./page/forms";
import { followProgress, sayWhatWasDone } from "./page/notices";

/** Comfort of every page; each page is complete without it. */
revealEnhanced(document);
focusErrorSummary(document);
guardAgainstDoubleSubmit(document);
copyOnClick(document);
addReadersTimes(document);
closeMenus(document);
sayWhatWasDone(document);
followProgress(document);
