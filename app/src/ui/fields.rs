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

/// What a control is told by its frame.
struct Control {
    id: String,
    name: String,
    /// The ids of hint and error, for `aria-describedby`.
    described: Option<String>,
    invalid: Option<&'static str>,
}

struct Notes {
    hint: Option<String>,
    error: Option<String>,
}

/// Label, hint and error around a control.
fn framed(
    name: String,
    label: String,
    Notes { hint, error }: Notes,
    control: impl FnOnce(Control) -> AnyView,
) -> AnyView {
    let id = format!("f-{name}");
    let hint_id = hint.as_ref().map(|_| format!("{id}-hint"));
    let error_id = error.as_ref().map(|_| format!("{id}-error"));
    let notes: Vec<String> = [&hint_id, &error_id].into_iter().flatten().cloned().collect();
    let drawn = control(Control {
        id: id.clone(),
        name,
        described: (!notes.is_empty()).then(|| notes.join(" ")),
        invalid: error.is_some().then_some("true"),
    });
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {drawn}
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
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
    /// What the browser may fill in, for example `username`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// A sentence of help.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// What the browser offers while one types; anything else may be written too.
    #[prop(optional)]
    suggestions: Vec<String>,
) -> impl IntoView {
    framed(name, label, Notes { hint, error }, move |control| {
        let list = (!suggestions.is_empty()).then(|| format!("{}-list", control.id));
        let offered = list.clone().map(|id| {
            let options = suggestions
                .into_iter()
                .map(|text| view! { <option value=text></option> });
            view! { <datalist id=id>{options.collect_view()}</datalist> }
        });
        view! {
            <input
                class="control" id=control.id name=control.name type=kind value=value required=required list=list
                autocomplete=autocomplete aria-invalid=control.invalid aria-describedby=control.described
            />
            {offered}
        }
        .into_any()
    })
}

/// A password: never filled by the server, and pasted if one likes.
#[component]
pub fn PasswordField(
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// A sentence of help.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
) -> impl IntoView {
    framed(name, label, Notes { hint, error }, move |control| {
        view! {
            <input
                class="control" id=control.id name=control.name type="password" required=true autocomplete=autocomplete
                aria-invalid=control.invalid aria-describedby=control.described
            />
        }
        .into_any()
    })
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
    // Leptos writes the text of a text area as it is.
    let value = html_escape::encode_text(&value).into_owned();
    framed(name, label, Notes { hint, error }, move |control| {
        view! {
            <textarea
                class="control" id=control.id name=control.name rows=rows placeholder=placeholder required=required
                aria-invalid=control.invalid aria-describedby=control.described
            >{value}</textarea>
        }
        .into_any()
    })
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
    framed(name, label, Notes { hint, error }, move |control| {
        let options = choices.into_iter().map(|Choice { value, label }| {
            let chosen = value == selected;
            view! { <option value=value selected=chosen>{label}</option> }
        });
        view! {
            <select
                class="control" id=control.id name=control.name
                aria-invalid=control.invalid aria-describedby=control.described
            >
                {options.collect_view()}
            </select>
        }
        .into_any()
    })
}

/// A search box among other filters, labelled as they are.
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
    let notes = Notes {
        hint: None,
        error: None,
    };
    framed(name, label, notes, move |control| {
        view! {
            <input
                class="control" id=control.id name=control.name type="search" value=value placeholder=placeholder
                autocomplete="off"
            />
        }
        .into_any()
    })
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
