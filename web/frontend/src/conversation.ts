// An open conversation, loaded as one file.
export { compose, submit } from "./inbox";
export { follow } from "./thread";
