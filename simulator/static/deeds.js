// What customers can send beside text and files, and how they answer what the business asks for.

import { byId } from "./dom.js";

const SHOP = { latitude: 40.4168, longitude: -3.7038, name: "Puerta del Sol", address: "Madrid" };

function card(customer, origin) {
  const phones = [{ phone: `+${customer.phone}`, wa_id: customer.phone, type: "CELL" }];
  return { type: "contacts", contacts: [{ name: { formatted_name: customer.name, first_name: customer.name.split(" ")[0] }, phones, origin }] };
}

function order(product, catalog) {
  const items = [{ product_retailer_id: product ?? "coffee-500", quantity: 2, item_price: 12.5, currency: "EUR" }];
  return { type: "order", order: { ...(catalog ? { catalog_id: catalog } : {}), text: "Please gift-wrap", product_items: items } };
}

// The number typed into the dialog, or an empty text when it was closed.
function newNumber() {
  const dialog = byId("move");
  byId("move-form").reset();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    byId("move-cancel").onclick = () => dialog.close("");
    byId("move-form").onsubmit = (event) => { event.preventDefault(); dialog.close("typed"); };
    dialog.onclose = () => resolve(dialog.returnValue === "" ? "" : byId("move-phone").value);
  });
}

function move(type) {
  return async () => {
    const phone = await newNumber();
    return phone && { type: "system", system: { type, phone } };
  };
}

// Answers to buttons of the business's messages.
export const answers = {
  flow: (item) => ({ type: "flow", flow: { flow_token: item.token, answers: { email: "mara@example.org", visit: "Saturday" } } }),
  address: () => ({
    type: "interactive",
    interactive: { type: "nfm_reply", nfm_reply: { name: "address_message", body: "1 Elm Street", response_json: { address: "1 Elm Street", city: "Madrid" } } },
  }),
  send_location: () => ({ type: "location", location: SHOP }),
  share_contact: (_, customer) => card(customer, "contact_request"),
  call_reply: (item) => ({
    type: "interactive",
    interactive: { type: "call_permission_reply", call_permission_reply: { response: item.id, response_source: "user_action" } },
  }),
  order: (item) => order(item.product, item.catalog_id),
};

// Entries of the menu; one that moves opens the phone at the new number.
export const deeds = [
  { title: "Send my location", make: () => ({ type: "location", location: SHOP }) },
  { title: "Send a contact", make: (customer) => card(customer, "other") },
  { title: "Order from the catalog", make: () => order() },
  { title: "Answer a form", make: () => answers.flow({ token: "unused" }) },
  { title: "Write from an ad", make: () => ({ type: "text", text: { body: "I saw your ad. Is it still available?" }, referral: true }) },
  { title: "Write in a group", make: () => ({ type: "text", text: { body: "Hello everybody" }, group: "Y2FwaV9ncm91cDoxMjAzNjM" }) },
  { title: "Forward something", make: () => ({ type: "text", text: { body: "Have you seen this? https://example.org" }, forwarded: true }) },
  { title: "Start a poll", make: () => ({ type: "poll", poll: {} }) },
  { title: "Change my number", make: move("user_changed_number"), moves: true },
  { title: "Change my number, hidden", make: move("user_changed_user_id"), moves: true },
  { title: "Change my security code", make: () => ({ type: "system", system: { type: "user_identity_changed" } }) },
];
