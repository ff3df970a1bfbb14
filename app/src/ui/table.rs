//! Tables: dense rows, a sticky head, the first column is the row's header and its link.

use leptos::prelude::*;

/// Which way a column is sorted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A column: its head, and how its cells stand.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    /// Words of `data-col`, by which the stylesheet sets the column's cells.
    flags: Vec<&'static str>,
    hidden_label: bool,
    sort: Option<(String, Option<Sorted>)>,
}

impl Column {
    /// A column of words.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            flags: Vec::new(),
            hidden_label: false,
            sort: None,
        }
    }

    /// Numbers: at the right edge.
    #[must_use]
    pub fn numeric(mut self) -> Self {
        self.flags.push("num");
        self
    }

    /// Takes the room that is left, and cuts what is longer with an ellipsis.
    #[must_use]
    pub fn grows(mut self) -> Self {
        self.flags.push("grow");
        self
    }

    /// Drawn, not written: takes the room that words leave.
    #[must_use]
    pub fn bars(mut self) -> Self {
        self.flags.push("bars");
        self
    }

    /// Less important: in the quieter text colour.
    #[must_use]
    pub fn dim(mut self) -> Self {
        self.flags.push("dim");
        self
    }

    /// Left out where the table is narrow; two columns at least should stay.
    #[must_use]
    pub fn wide_only(mut self) -> Self {
        self.flags.push("wide");
        self
    }

    /// The head is for screen readers only: row actions.
    #[must_use]
    pub fn hidden_label(mut self) -> Self {
        self.hidden_label = true;
        self
    }

    /// The head sorts by this column: the address that does, and how it is sorted now.
    #[must_use]
    pub fn sort(mut self, href: String, now: Option<Sorted>) -> Self {
        self.sort = Some((href, now));
        self
    }

    fn head(&self) -> AnyView {
        let label = if self.hidden_label {
            view! { <span class="sr-only">{self.label.clone()}</span> }.into_any()
        } else {
            self.label.clone().into_any()
        };
        let (label, sorted) = match self.sort.clone() {
            Some((href, now)) => {
                let arrow = now.map(|now| if now == Sorted::Ascending { "↑" } else { "↓" });
                let arrow =
                    arrow.map(|arrow| view! { <span class="sort-arrow" aria-hidden="true">{arrow}</span> });
                (view! { <a href=href>{label}{arrow}</a> }.into_any(), now)
            }
            None => (label, None),
        };
        let sorted = sorted.map(|now| {
            if now == Sorted::Ascending {
                "ascending"
            } else {
                "descending"
            }
        });
        view! {
            <th scope="col" data-col=self.flags() aria-sort=sorted>{label}</th>
        }
        .into_any()
    }

    fn flags(&self) -> Option<String> {
        (!self.flags.is_empty()).then(|| self.flags.join(" "))
    }
}

/// A row: the cell that names it, and the others in the order of the columns.
pub struct Row {
    name: AnyView,
    under: Option<AnyView>,
    cells: Vec<AnyView>,
    current: bool,
    item: Option<String>,
}

impl Row {
    /// A row by the cell that names it, usually a link.
    pub fn new(name: impl IntoView + 'static) -> Self {
        Self {
            name: name.into_any(),
            under: None,
            cells: Vec::new(),
            current: false,
            item: None,
        }
    }

    /// Marks the row as one of a [`super::Region`]'s list, by the id of what it shows.
    #[must_use]
    pub fn item(mut self, id: impl ToString) -> Self {
        self.item = Some(id.to_string());
        self
    }

    /// A second line of the first cell where the table is narrow: the most important of what is left out there.
    #[must_use]
    pub fn under(mut self, line: impl IntoView + 'static) -> Self {
        self.under = Some(line.into_any());
        self
    }

    /// The next cell.
    #[must_use]
    pub fn cell(mut self, cell: impl IntoView + 'static) -> Self {
        self.cells.push(cell.into_any());
        self
    }

    /// Marks the row that the page is about.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// A table. Without rows the empty view stands in its place.
#[component]
pub fn Table(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: String,
    /// Its columns; the first is the row's name.
    columns: Vec<Column>,
    /// Its rows.
    rows: Vec<Row>,
    /// What stands there without rows: an [`super::Empty`].
    #[prop(optional, into)]
    empty: Option<ViewFn>,
) -> impl IntoView {
    if rows.is_empty()
        && let Some(empty) = empty
    {
        return empty.run();
    }
    let flags: Vec<_> = columns.iter().map(Column::flags).collect();
    let heads = columns.iter().map(Column::head).collect_view();
    let rows = rows.into_iter().map(|row| {
        let Row {
            name,
            under,
            cells,
            current,
            item,
        } = row;
        let under = under.map(|line| view! { <span class="row-under">{line}</span> });
        let mut flags = flags.iter().cloned();
        let first = flags.next().flatten();
        let cells = cells
            .into_iter()
            .zip(flags)
            .map(|(cell, flags)| view! { <td data-col=flags>{cell}</td> });
        view! {
            <tr aria-current=current.then_some("true") data-item=item>
                <th scope="row" data-col=first>{name}{under}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
