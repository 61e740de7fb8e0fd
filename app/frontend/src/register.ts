import { offerWhenChanged, showWhatApplies } from "./page/conditions";
import { countDown } from "./page/countdown";
import { followForm } from "./page/following";

/** Comfort of the registration form, which is complete without it. */
showWhatApplies(document);
offerWhenChanged(document);
countDown(document);
followForm(document);
