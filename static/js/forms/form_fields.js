// What was entered in a form, as values by the name of the field, and back into the form.
// [data-draft-row="name"]   a row of a form whose number may change: its fields are read under this name
// Passwords, files and hidden fields are left out.

/** @typedef {Record<string, string[]>} Fields */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

const SKIPPED_TYPES = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

/**
 * @param {HTMLFormElement} form
 * @returns {Control[]}
 */
const listControls = (form) => {
  const elements = /** @type {Control[]} */ (Array.from(form.elements));
  return elements.filter((element) => element.name && "value" in element && !SKIPPED_TYPES.has(element.type));
};

/** @param {Control} control */
const getFieldName = (control) => {
  /** @type {HTMLElement | null} */
  const row = control.closest("[data-draft-row]");
  return row ? `${row.dataset.draftRow}/${control.name.split("-").at(-1)}` : control.name;
};

/**
 * @param {Control} control
 * @returns {control is HTMLInputElement}
 */
const isTick = (control) => control.type === "checkbox" || control.type === "radio";

/**
 * @param {HTMLFormElement} form
 * @returns {Fields}
 */
export const readFields = (form) => {
  /** @type {Fields} */
  const fields = {};
  for (const control of listControls(form)) {
    fields[getFieldName(control)] ??= [];
    if (!isTick(control) || control.checked) fields[getFieldName(control)].push(control.value);
  }
  return fields;
};

/**
 * @param {Fields} left
 * @param {Fields} right
 */
export const isSame = (left, right) => JSON.stringify(left) === JSON.stringify(right);

/**
 * @param {Control} control
 * @param {string[]} values
 * @returns {boolean}  whether it was changed
 */
const setControl = (control, values) => {
  if (isTick(control)) {
    const before = control.checked;
    control.checked = values.includes(control.value);
    return before !== control.checked;
  }
  const before = control.value;
  control.value = values[0] ?? "";
  return before !== control.value;
};

/**
 * Set fields; gives the controls that changed. A field that is not named stays as it is.
 *
 * @param {HTMLFormElement} form
 * @param {Fields} fields
 */
const setFields = (form, fields) =>
  listControls(form).filter((control) => {
    const values = fields[getFieldName(control)];
    return values ? setControl(control, values) : false;
  });

/**
 * Open every closed part of the page around an element.
 *
 * @param {Element} element
 */
export const openDetails = (element) => {
  for (let part = element.closest("details"); part; part = part.parentElement?.closest("details") ?? null)
    part.open = true;
};

/**
 * Set fields as a person would: other scripts of the page hear of it, and closed parts with a changed field open.
 *
 * @param {HTMLFormElement} form
 * @param {Fields} fields
 */
export const fillFields = (form, fields) => {
  for (const control of setFields(form, fields)) {
    openDetails(control);
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
  setFields(form, fields); // a script of the page may have counted a field again
};
