// Icons of the builder: the shapes of lucide, inlined at build time so that they take the text's colour.
import alert from "lucide-static/icons/triangle-alert.svg?raw";
import arrange from "lucide-static/icons/wand-sparkles.svg?raw";
import arrowDown from "lucide-static/icons/arrow-down.svg?raw";
import arrowRight from "lucide-static/icons/arrow-right.svg?raw";
import arrowUp from "lucide-static/icons/arrow-up.svg?raw";
import back from "lucide-static/icons/arrow-left.svg?raw";
import ban from "lucide-static/icons/circle-stop.svg?raw";
import bold from "lucide-static/icons/bold.svg?raw";
import braces from "lucide-static/icons/braces.svg?raw";
import calendar from "lucide-static/icons/calendar-clock.svg?raw";
import campaign from "lucide-static/icons/megaphone.svg?raw";
import check from "lucide-static/icons/circle-check.svg?raw";
import chevron from "lucide-static/icons/chevron-down.svg?raw";
import clock from "lucide-static/icons/clock.svg?raw";
import code from "lucide-static/icons/code.svg?raw";
import contact from "lucide-static/icons/contact.svg?raw";
import copy from "lucide-static/icons/copy.svg?raw";
import error from "lucide-static/icons/circle-alert.svg?raw";
import file from "lucide-static/icons/file-text.svg?raw";
import fit from "lucide-static/icons/maximize.svg?raw";
import flag from "lucide-static/icons/flag.svg?raw";
import forward from "lucide-static/icons/fast-forward.svg?raw";
import globe from "lucide-static/icons/globe.svg?raw";
import hand from "lucide-static/icons/hand.svg?raw";
import history from "lucide-static/icons/history.svg?raw";
import hourglass from "lucide-static/icons/hourglass.svg?raw";
import image from "lucide-static/icons/image.svg?raw";
import italic from "lucide-static/icons/italic.svg?raw";
import key from "lucide-static/icons/text-search.svg?raw";
import link from "lucide-static/icons/external-link.svg?raw";
import list from "lucide-static/icons/list.svg?raw";
import message from "lucide-static/icons/message-square.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import more from "lucide-static/icons/ellipsis.svg?raw";
import music from "lucide-static/icons/music.svg?raw";
import note from "lucide-static/icons/sticky-note.svg?raw";
import pause from "lucide-static/icons/pause.svg?raw";
import pencil from "lucide-static/icons/pencil.svg?raw";
import phone from "lucide-static/icons/smartphone.svg?raw";
import pin from "lucide-static/icons/map-pin.svg?raw";
import play from "lucide-static/icons/play.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import question from "lucide-static/icons/message-circle-question.svg?raw";
import redo from "lucide-static/icons/redo-2.svg?raw";
import reply from "lucide-static/icons/reply.svg?raw";
import restart from "lucide-static/icons/rotate-ccw.svg?raw";
import rocket from "lucide-static/icons/rocket.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import send from "lucide-static/icons/send.svg?raw";
import settings from "lucide-static/icons/settings-2.svg?raw";
import shield from "lucide-static/icons/shield-check.svg?raw";
import shuffle from "lucide-static/icons/shuffle.svg?raw";
import split from "lucide-static/icons/split.svg?raw";
import sticker from "lucide-static/icons/sticker.svg?raw";
import strike from "lucide-static/icons/strikethrough.svg?raw";
import tag from "lucide-static/icons/tag.svg?raw";
import tap from "lucide-static/icons/mouse-pointer-click.svg?raw";
import target from "lucide-static/icons/target.svg?raw";
import template from "lucide-static/icons/layout-template.svg?raw";
import trash from "lucide-static/icons/trash-2.svg?raw";
import undo from "lucide-static/icons/undo-2.svg?raw";
import upload from "lucide-static/icons/upload.svg?raw";
import user from "lucide-static/icons/user-check.svg?raw";
import users from "lucide-static/icons/users.svg?raw";
import video from "lucide-static/icons/video.svg?raw";
import webhook from "lucide-static/icons/webhook.svg?raw";
import welcome from "lucide-static/icons/user-plus.svg?raw";
import workflow from "lucide-static/icons/workflow.svg?raw";
import x from "lucide-static/icons/x.svg?raw";

const SOURCES = {
  alert, arrange, arrowDown, arrowRight, arrowUp, back, ban, bold, braces, calendar, campaign, check, chevron, clock, code,
  contact, copy, error, file, fit, flag, forward, globe, hand, history, hourglass, image, italic, key, link, list, message,
  minus, more, music, note, pause, pencil, phone, pin, play, plus, question, redo, reply, restart, rocket, search, send,
  settings, shield, shuffle, split, sticker, strike, tag, tap, target, template, trash, undo, upload, user, users, video, webhook,
  welcome, workflow, x,
};

export type IconName = keyof typeof SOURCES;

const shapes = Object.fromEntries(
  Object.entries(SOURCES).map(([name, svg]) => [name, svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))]),
) as Record<IconName, string>;

/** Decorative: what it means stands beside it, or in the name of its button. */
export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return (
    <svg
      className={`icon ${className}`} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={2}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" dangerouslySetInnerHTML={{ __html: shapes[name] }}
    />
  );
}
