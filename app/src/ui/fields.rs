//! Form fields: a label, the control, a hint, and an error tied to it.

use leptos::prelude::*;

/// One choice of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent; empty for "no choice".
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// A value and its label.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// Label, hint and error around a control; `control` gets the ids of hint and error for `aria-describedby`.
fn framed(
    name: &str,
    label: String,
    notes: Notes,
    control: impl FnOnce(String, Option<String>, bool) -> AnyView,
) -> AnyView {
    let id = format!("f-{name}");
    let hint_id = notes.hint.as_ref().map(|_| format!("{id}-hint"));
    let error_id = notes.error.as_ref().map(|_| format!("{id}-error"));
    let described = [hint_id.clone(), error_id.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let described = (!described.is_empty()).then_some(described);
    let invalid = notes.error.is_some();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {control(id, described, invalid)}
            {notes.hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            {notes.error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}

struct Notes {
    hint: Option<String>,
    error: Option<String>,
}

/// A line of text.
#[component]
pub fn TextField(
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// What stands in it.
    #[prop(optional, into)]
    value: String,
    /// `text`, `email`, `url`, `date`, `number` …
    #[prop(default = "text")]
    kind: &'static str,
    /// A sentence of help.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let field = name.clone();
    framed(
        &name,
        label,
        Notes { hint, error },
        move |id, described, invalid| {
            view! {
                <input
                    class="control" id=id name=field type=kind value=value required=required
                    aria-invalid=invalid.then_some("true") aria-describedby=described
                />
            }
            .into_any()
        },
    )
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// What stands in it.
    #[prop(optional, into)]
    value: String,
    /// How many lines are visible.
    #[prop(default = 3)]
    rows: u32,
    /// Shown while it is empty.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// A sentence of help.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let field = name.clone();
    framed(
        &name,
        label,
        Notes { hint, error },
        move |id, described, invalid| {
            view! {
                <textarea
                    class="control" id=id name=field rows=rows placeholder=placeholder required=required
                    aria-invalid=invalid.then_some("true") aria-describedby=described
                >{value}</textarea>
            }
            .into_any()
        },
    )
}

/// One of several.
#[component]
pub fn Select(
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// What can be chosen, in order.
    choices: Vec<Choice>,
    /// The value in force; the first choice unless told.
    #[prop(optional, into)]
    selected: String,
    /// A sentence of help.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
) -> impl IntoView {
    let field = name.clone();
    framed(
        &name,
        label,
        Notes { hint, error },
        move |id, described, invalid| {
            let options = choices.into_iter().map(|Choice { value, label }| {
                let chosen = value == selected;
                view! { <option value=value selected=chosen>{label}</option> }
            });
            view! {
            <select class="control" id=id name=field aria-invalid=invalid.then_some("true") aria-describedby=described>
                {options.collect_view()}
            </select>
        }
        .into_any()
        },
    )
}

/// A search box: its label is for screen readers, since the placeholder and the glass say it.
#[component]
pub fn SearchField(
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// What stands in it.
    #[prop(optional, into)]
    value: String,
    /// Shown while it is empty.
    #[prop(optional, into)]
    placeholder: Option<String>,
) -> impl IntoView {
    view! {
        <div class="field" data-kind="search">
            <input class="control" type="search" name=name value=value placeholder=placeholder aria-label=label autocomplete="off" />
        </div>
    }
}

/// Yes or no.
#[component]
pub fn Checkbox(
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// What is sent when it is ticked.
    #[prop(default = "true".into(), into)]
    value: String,
    /// Whether it is ticked.
    #[prop(optional)]
    checked: bool,
) -> impl IntoView {
    view! {
        <label class="check"><input type="checkbox" name=name value=value checked=checked />{label}</label>
    }
}
