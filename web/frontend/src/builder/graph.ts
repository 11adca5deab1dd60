// Written by web/build_types.py from the document's JSON schema. Do not edit.

export type AnswerType = "any" | "text" | "number" | "date" | "email" | "phone" | "choice" | "media" | "location";

export interface Assign {
  users: string[];
}

export interface AssignNode {
  id: string;
  type: "assign";
  title: string;
  x: number;
  y: number;
  data: Assign;
}

export interface Branch {
  when: Conditions;
  hours: Hours;
}

export interface BranchNode {
  id: string;
  type: "condition";
  title: string;
  x: number;
  y: number;
  data: Branch;
}

export interface Button {
  id: string;
  title: string;
}

export interface ButtonTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  payloads: string[];
}

export interface ButtonTriggerNode {
  id: string;
  type: "button";
  title: string;
  x: number;
  y: number;
  data: ButtonTrigger;
}

export interface Buttons {
  kind: "buttons";
  text: string;
  header: string;
  footer: string;
  buttons: Button[];
}

export interface CampaignReplyTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  campaigns: string[];
}

export interface CampaignReplyTriggerNode {
  id: string;
  type: "campaign_reply";
  title: string;
  x: number;
  y: number;
  data: CampaignReplyTrigger;
}

export interface Card {
  kind: "contact";
  name: string;
  phone: string;
  email: string;
  organization: string;
}

export interface Condition {
  subject: Subject;
  name: string;
  operator: Operator;
  value: string;
}

export interface Conditions {
  match: "all" | "any";
  groups: Group[];
}

export interface Consent {
  action: "allow" | "stop";
}

export interface ConsentNode {
  id: string;
  type: "consent";
  title: string;
  x: number;
  y: number;
  data: Consent;
}

export type Content = TextContent | Media | Buttons | ListContent | Link | Location | Card;

export interface CustomReply {
  messages: (TextContent | Media | Buttons | ListContent | Link | Location | Card)[];
}

export interface CustomReplyNode {
  id: string;
  type: "custom_reply";
  title: string;
  x: number;
  y: number;
  data: CustomReply;
}

export interface Duration {
  amount: number;
  unit: Unit;
}

export interface Edge {
  source: string;
  branch: string;
  target: string;
}

export interface End {
}

export interface EndNode {
  id: string;
  type: "end";
  title: string;
  x: number;
  y: number;
  data: End;
}

export type Entry = "always" | "one_at_a_time" | "once_a_period" | "once";

export interface FieldTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  field: string;
  value: string;
}

export interface FieldTriggerNode {
  id: string;
  type: "field_changed";
  title: string;
  x: number;
  y: number;
  data: FieldTrigger;
}

export interface FirstMessageTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  quiet: Duration | null;
}

export interface FirstMessageTriggerNode {
  id: string;
  type: "first_message";
  title: string;
  x: number;
  y: number;
  data: FirstMessageTrigger;
}

export type Gap = "duration" | "moment" | "hours" | "clock" | "field";

export interface Goal {
  name: string;
}

export interface GoalNode {
  id: string;
  type: "goal";
  title: string;
  x: number;
  y: number;
  data: Goal;
}

export interface Group {
  match: "all" | "any";
  conditions: Condition[];
}

export interface GroupTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  groups: string[];
}

export interface GroupTriggerNode {
  id: string;
  type: "group_added";
  title: string;
  x: number;
  y: number;
  data: GroupTrigger;
}

export interface HandOver {
  note: string;
}

export interface HandOverNode {
  id: string;
  type: "hand_over";
  title: string;
  x: number;
  y: number;
  data: HandOver;
}

export interface Header {
  name: string;
  value: string;
}

export interface HookValue {
  path: string;
  save_as: string;
}

export interface Hours {
  days: Record<string, string[]> | null;
  zone: string;
  calendar: string;
}

export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers: Header[];
  body: string;
  timeout_s: number;
  retries: number;
  picks: Pick[];
  recorded: string;
}

export interface HttpRequestNode {
  id: string;
  type: "http_request";
  title: string;
  x: number;
  y: number;
  data: HttpRequest;
}

export interface KeywordCase {
  id: string;
  words: string[];
  mode: MatchMode;
}

export interface KeywordCatch {
  cases: KeywordCase[];
}

export interface KeywordCatchNode {
  id: string;
  type: "keyword_catch";
  title: string;
  x: number;
  y: number;
  data: KeywordCatch;
}

export interface KeywordTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  words: string[];
  mode: MatchMode;
  languages: string[];
}

export interface KeywordTriggerNode {
  id: string;
  type: "keyword";
  title: string;
  x: number;
  y: number;
  data: KeywordTrigger;
}

export interface LabelTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  labels: string[];
}

export interface LabelTriggerNode {
  id: string;
  type: "label_added";
  title: string;
  x: number;
  y: number;
  data: LabelTrigger;
}

export interface Link {
  kind: "link";
  text: string;
  header: string;
  footer: string;
  label: string;
  url: string;
}

export interface ListContent {
  kind: "list";
  text: string;
  header: string;
  footer: string;
  button: string;
  rows: Row[];
}

export interface Location {
  kind: "location";
  latitude: string;
  longitude: string;
  name: string;
  address: string;
}

export interface ManualTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  channel: string;
}

export interface ManualTriggerNode {
  id: string;
  type: "manual";
  title: string;
  x: number;
  y: number;
  data: ManualTrigger;
}

export type MatchMode = "exact" | "word" | "starts" | "contains" | "regex";

export interface Media {
  kind: "image" | "video" | "audio" | "document" | "sticker";
  link: string;
  caption: string;
  filename: string;
}

export interface MessageTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  kinds: string[];
}

export interface MessageTriggerNode {
  id: string;
  type: "message";
  title: string;
  x: number;
  y: number;
  data: MessageTrigger;
}

export type Operator = "is" | "is_not" | "contains" | "contains_not" | "starts_with" | "at_least" | "at_most" | "more_than" | "less_than" | "empty" | "filled";

export interface OptInTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
}

export interface OptInTriggerNode {
  id: string;
  type: "opted_in";
  title: string;
  x: number;
  y: number;
  data: OptInTrigger;
}

export interface Pick {
  path: string;
  save_as: string;
}

export interface RandomSplit {
  shares: Share[];
}

export interface RandomSplitNode {
  id: string;
  type: "random_split";
  title: string;
  x: number;
  y: number;
  data: RandomSplit;
}

export interface ReEntry {
  rule: Entry;
  period: Duration | null;
  key: string;
}

export interface Row {
  id: string;
  title: string;
  description: string;
}

export interface SendTemplate {
  template: string;
  language: string;
  values: Record<string, string> | null;
}

export interface SendTemplateNode {
  id: string;
  type: "send_template";
  title: string;
  x: number;
  y: number;
  data: SendTemplate;
}

export interface SetField {
  field: string;
  value: string;
}

export interface SetFieldNode {
  id: string;
  type: "set_field";
  title: string;
  x: number;
  y: number;
  data: SetField;
}

export interface SetGroup {
  group: string;
  action: "add" | "remove";
}

export interface SetGroupNode {
  id: string;
  type: "set_group";
  title: string;
  x: number;
  y: number;
  data: SetGroup;
}

export interface SetLabel {
  label: string;
  action: "add" | "remove";
}

export interface SetLabelNode {
  id: string;
  type: "set_label";
  title: string;
  x: number;
  y: number;
  data: SetLabel;
}

export interface Settings {
  marketing: boolean;
  restart_words: string[];
  language: string;
}

export interface Share {
  id: string;
  title: string;
  percent: number;
}

export interface StartAutomation {
  automation: string;
  wait: boolean;
}

export interface StartAutomationNode {
  id: string;
  type: "start_automation";
  title: string;
  x: number;
  y: number;
  data: StartAutomation;
}

export type Subject = "field" | "answer" | "label" | "group" | "consent" | "window" | "hours" | "day" | "message_kind" | "message_text";

export interface TextContent {
  kind: "text";
  text: string;
  preview: boolean;
}

export interface TimeGap {
  until: Gap;
  wait: Duration;
  moment: string;
  clock: string;
  zone: string;
  hours: Hours;
  field: string;
  days: number;
}

export interface TimeGapNode {
  id: string;
  type: "time_gap";
  title: string;
  x: number;
  y: number;
  data: TimeGap;
}

export interface TimeTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  timing: Timing;
  moment: string;
  clock: string;
  zone: string;
  every: "day" | "week" | "month";
  days: string[];
  month_day: number;
  field: string;
  offset: number;
  groups: string[];
  everybody: boolean;
  channel: string;
}

export interface TimeTriggerNode {
  id: string;
  type: "time";
  title: string;
  x: number;
  y: number;
  data: TimeTrigger;
}

export type Timing = "once" | "calendar" | "field";

export type Unit = "minutes" | "hours" | "days" | "weeks" | "months";

export interface UserReply {
  ask: TextContent | Media | Buttons | ListContent | Link | Location | Card | null;
  accepts: AnswerType;
  save_as: string;
  field: string;
  retries: number;
  retry_text: string;
  timeout: Duration | null;
}

export interface UserReplyNode {
  id: string;
  type: "user_reply";
  title: string;
  x: number;
  y: number;
  data: UserReply;
}

export interface WebhookTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  phone_path: string;
  name_path: string;
  country: string;
  create: boolean;
  values: HookValue[];
  channel: string;
}

export interface WebhookTriggerNode {
  id: string;
  type: "webhook";
  title: string;
  x: number;
  y: number;
  data: WebhookTrigger;
}

export interface WindowTrigger {
  channels: string[];
  filters: Conditions;
  hours: Hours;
  priority: number;
  entry: ReEntry;
  lead: Duration | null;
}

export interface WindowTriggerNode {
  id: string;
  type: "window";
  title: string;
  x: number;
  y: number;
  data: WindowTrigger;
}

export interface WriteNote {
  text: string;
}

export interface WriteNoteNode {
  id: string;
  type: "note";
  title: string;
  x: number;
  y: number;
  data: WriteNote;
}

export type AnyNode = SendTemplateNode | CustomReplyNode | UserReplyNode | TimeGapNode | KeywordCatchNode | BranchNode | RandomSplitNode | SetFieldNode | SetLabelNode | SetGroupNode | ConsentNode | AssignNode | HandOverNode | WriteNoteNode | HttpRequestNode | StartAutomationNode | GoalNode | EndNode;

export type AnyTrigger = MessageTriggerNode | KeywordTriggerNode | ButtonTriggerNode | FirstMessageTriggerNode | CampaignReplyTriggerNode | LabelTriggerNode | GroupTriggerNode | FieldTriggerNode | OptInTriggerNode | WindowTriggerNode | TimeTriggerNode | WebhookTriggerNode | ManualTriggerNode;

export interface AutomationDocument {
  schema: 1;
  triggers: (MessageTriggerNode | KeywordTriggerNode | ButtonTriggerNode | FirstMessageTriggerNode | CampaignReplyTriggerNode | LabelTriggerNode | GroupTriggerNode | FieldTriggerNode | OptInTriggerNode | WindowTriggerNode | TimeTriggerNode | WebhookTriggerNode | ManualTriggerNode)[];
  nodes: (SendTemplateNode | CustomReplyNode | UserReplyNode | TimeGapNode | KeywordCatchNode | BranchNode | RandomSplitNode | SetFieldNode | SetLabelNode | SetGroupNode | ConsentNode | AssignNode | HandOverNode | WriteNoteNode | HttpRequestNode | StartAutomationNode | GoalNode | EndNode)[];
  edges: Edge[];
  settings: Settings;
}

export const SCHEMA = 1;

export const LIMITS = {
  "TEXT": 4096,
  "INTERACTIVE_TEXT": 1024,
  "LIST_TEXT": 4096,
  "CAPTION": 1024,
  "HEADER": 60,
  "FOOTER": 60,
  "BUTTON_TITLE": 20,
  "BUTTONS": 3,
  "ROW_TITLE": 24,
  "ROW_DESCRIPTION": 72,
  "ROWS": 10,
  "MESSAGES": 5
} as const;

export const MOST = {
  "NODES": 500,
  "EDGES": 2000,
  "TRIGGERS": 50,
  "BYTES": 524288,
  "TITLE": 80
} as const;

export const FILES = {
  "image": {
    "limit": 5242880,
    "endings": [
      ".jpg",
      ".jpeg",
      ".png"
    ]
  },
  "video": {
    "limit": 16777216,
    "endings": [
      ".mp4",
      ".3gp"
    ]
  },
  "audio": {
    "limit": 16777216,
    "endings": [
      ".aac",
      ".amr",
      ".mp3",
      ".m4a",
      ".ogg",
      ".opus"
    ]
  },
  "document": {
    "limit": 104857600,
    "endings": [
      ".pdf",
      ".txt",
      ".csv",
      ".doc",
      ".xls",
      ".ppt",
      ".docx",
      ".xlsx",
      ".pptx"
    ]
  },
  "sticker": {
    "limit": 512000,
    "endings": [
      ".webp"
    ]
  }
} as const;

export const BUILT_IN = [
  "name",
  "first_name",
  "last_name",
  "phone",
  "language",
  "timezone"
] as const;

export const SETTABLE = [
  "name",
  "language",
  "timezone"
] as const;

/** What a new one holds, by type. */
export const NODE_DEFAULTS: { send_template: SendTemplate; custom_reply: CustomReply; user_reply: UserReply; time_gap: TimeGap; keyword_catch: KeywordCatch; condition: Branch; random_split: RandomSplit; set_field: SetField; set_label: SetLabel; set_group: SetGroup; consent: Consent; assign: Assign; hand_over: HandOver; note: WriteNote; http_request: HttpRequest; start_automation: StartAutomation; goal: Goal; end: End; } = {
  "send_template": {
    "template": "",
    "language": "",
    "values": null
  },
  "custom_reply": {
    "messages": []
  },
  "user_reply": {
    "ask": null,
    "accepts": "any",
    "save_as": "",
    "field": "",
    "retries": 1,
    "retry_text": "",
    "timeout": null
  },
  "time_gap": {
    "until": "duration",
    "wait": {
      "amount": 1,
      "unit": "hours"
    },
    "moment": "",
    "clock": "09:00",
    "zone": "contact",
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "field": "",
    "days": 0
  },
  "keyword_catch": {
    "cases": []
  },
  "condition": {
    "when": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    }
  },
  "random_split": {
    "shares": []
  },
  "set_field": {
    "field": "",
    "value": ""
  },
  "set_label": {
    "label": "",
    "action": "add"
  },
  "set_group": {
    "group": "",
    "action": "add"
  },
  "consent": {
    "action": "allow"
  },
  "assign": {
    "users": []
  },
  "hand_over": {
    "note": ""
  },
  "note": {
    "text": ""
  },
  "http_request": {
    "method": "POST",
    "url": "",
    "headers": [],
    "body": "",
    "timeout_s": 10,
    "retries": 2,
    "picks": [],
    "recorded": ""
  },
  "start_automation": {
    "automation": "",
    "wait": false
  },
  "goal": {
    "name": ""
  },
  "end": {}
};

/** What a new one holds, by type. */
export const TRIGGER_DEFAULTS: { message: MessageTrigger; keyword: KeywordTrigger; button: ButtonTrigger; first_message: FirstMessageTrigger; campaign_reply: CampaignReplyTrigger; label_added: LabelTrigger; group_added: GroupTrigger; field_changed: FieldTrigger; opted_in: OptInTrigger; window: WindowTrigger; time: TimeTrigger; webhook: WebhookTrigger; manual: ManualTrigger; } = {
  "message": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "kinds": []
  },
  "keyword": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "words": [],
    "mode": "word",
    "languages": []
  },
  "button": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "payloads": []
  },
  "first_message": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "quiet": null
  },
  "campaign_reply": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "campaigns": []
  },
  "label_added": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "labels": []
  },
  "group_added": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "groups": []
  },
  "field_changed": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "field": "",
    "value": ""
  },
  "opted_in": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    }
  },
  "window": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "lead": null
  },
  "time": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "timing": "once",
    "moment": "",
    "clock": "09:00",
    "zone": "",
    "every": "day",
    "days": [],
    "month_day": 1,
    "field": "",
    "offset": 0,
    "groups": [],
    "everybody": false,
    "channel": ""
  },
  "webhook": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "phone_path": "phone",
    "name_path": "",
    "country": "",
    "create": false,
    "values": [],
    "channel": ""
  },
  "manual": {
    "channels": [],
    "filters": {
      "match": "all",
      "groups": []
    },
    "hours": {
      "days": null,
      "zone": "",
      "calendar": ""
    },
    "priority": 0,
    "entry": {
      "rule": "one_at_a_time",
      "period": null,
      "key": ""
    },
    "channel": ""
  }
};

/** What a new one holds, by kind. */
export const CONTENT_DEFAULTS: Record<Content["kind"], Content> = {
  "text": {
    "kind": "text",
    "text": "",
    "preview": true
  },
  "image": {
    "kind": "image",
    "link": "",
    "caption": "",
    "filename": ""
  },
  "video": {
    "kind": "video",
    "link": "",
    "caption": "",
    "filename": ""
  },
  "audio": {
    "kind": "audio",
    "link": "",
    "caption": "",
    "filename": ""
  },
  "document": {
    "kind": "document",
    "link": "",
    "caption": "",
    "filename": ""
  },
  "sticker": {
    "kind": "sticker",
    "link": "",
    "caption": "",
    "filename": ""
  },
  "buttons": {
    "kind": "buttons",
    "text": "",
    "header": "",
    "footer": "",
    "buttons": []
  },
  "list": {
    "kind": "list",
    "text": "",
    "header": "",
    "footer": "",
    "button": "",
    "rows": []
  },
  "link": {
    "kind": "link",
    "text": "",
    "header": "",
    "footer": "",
    "label": "",
    "url": ""
  },
  "location": {
    "kind": "location",
    "latitude": "",
    "longitude": "",
    "name": "",
    "address": ""
  },
  "contact": {
    "kind": "contact",
    "name": "",
    "phone": "",
    "email": "",
    "organization": ""
  }
};
