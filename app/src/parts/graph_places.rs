//! Where the boxes and lines of a dependency graph lie: in columns where there is room, in rows where there is not.

use domain::catalog::{Layout, Line};

/// A box.
pub(super) const WIDTH: f64 = 184.0;
pub(super) const HEIGHT: f64 = 44.0;
/// Between the columns, and between the boxes of one.
const GAP: f64 = 56.0;
const ROW_GAP: f64 = 12.0;
/// Room around everything, for the lines that lead round a box.
const MARGIN: f64 = 26.0;
/// Narrow: two boxes beside each other fill a telephone's width.
const NARROW_WIDTH: f64 = 158.0;
const NARROW_GAP: f64 = 14.0;
const NARROW_MARGIN: f64 = 8.0;
const NARROW_ROW_GAP: f64 = 10.0;
const NARROW_LAYER_GAP: f64 = 40.0;

/// Which way the layers follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// From left to right.
    Across,
    /// From top to bottom.
    Down,
}

/// The place of a box, or of the words that count what is not drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
}

/// A drawing: the places of the nodes in the order of the layers, and the paths of the lines.
pub(super) struct Drawing {
    pub width: f64,
    pub height: f64,
    /// Node and place.
    pub boxes: Vec<(usize, Place)>,
    /// How many are left out, and where that is said.
    pub more: Vec<(u32, i8, Place)>,
    /// A line and its path.
    pub paths: Vec<(Line, String)>,
}

/// Lays the boxes out in a flow.
pub(super) fn draw(layout: &Layout, flow: Flow) -> Drawing {
    let mut drawing = match flow {
        Flow::Across => across(layout),
        Flow::Down => down(layout),
    };
    let level = |node: usize| {
        let holds = |layer: &&domain::catalog::Layer| layer.nodes.contains(&node);
        layout.layers.iter().find(holds).map_or(0, |layer| layer.level)
    };
    let place = |node: usize| {
        drawing
            .boxes
            .iter()
            .find(|(index, _)| *index == node)
            .map(|(_, place)| *place)
    };
    let bottom = drawing.height - 6.0;
    drawing.paths = layout
        .lines
        .iter()
        .filter_map(|line| {
            let (from, to) = (place(line.from)?, place(line.to)?);
            let step = level(line.to) - level(line.from);
            let path = match flow {
                _ if line.from == line.to => around_itself(from),
                Flow::Across => path_across(from, to, step, bottom),
                Flow::Down => path_down(from, to, step, drawing.width),
            };
            Some((*line, path))
        })
        .collect();
    drawing
}

fn across(layout: &Layout) -> Drawing {
    let rows = |layer: &domain::catalog::Layer| layer.nodes.len() + usize::from(layer.left_out > 0);
    let most = layout.layers.iter().map(rows).max().unwrap_or(1);
    let has_back = layout.lines.iter().any(|line| line.closes_cycle);
    let column_height = |rows: usize| count(rows) * (HEIGHT + ROW_GAP) - ROW_GAP;
    let inner = column_height(most);
    let mut drawing = empty(
        2.0 * MARGIN + count(layout.layers.len()) * (WIDTH + GAP) - GAP,
        inner + MARGIN + if has_back { 2.0 * MARGIN } else { MARGIN },
    );
    for (column, layer) in layout.layers.iter().enumerate() {
        let x = MARGIN + count(column) * (WIDTH + GAP);
        let top = MARGIN + (inner - column_height(rows(layer))) / 2.0;
        let at = |row: usize| Place {
            x,
            y: top + count(row) * (HEIGHT + ROW_GAP),
            width: WIDTH,
        };
        drawing
            .boxes
            .extend(layer.nodes.iter().enumerate().map(|(row, node)| (*node, at(row))));
        if layer.left_out > 0 {
            drawing
                .more
                .push((layer.left_out, layer.level, at(layer.nodes.len())));
        }
    }
    drawing
}

fn down(layout: &Layout) -> Drawing {
    let full = 2.0 * NARROW_WIDTH + NARROW_GAP;
    let mut drawing = empty(full + 2.0 * NARROW_MARGIN + 16.0, 0.0);
    let mut y = MARGIN;
    for layer in &layout.layers {
        let all = layer.nodes.len() + usize::from(layer.left_out > 0);
        let at = |index: usize| {
            let alone = index % 2 == 0 && index + 1 == all;
            let left = if alone {
                (full - NARROW_WIDTH) / 2.0
            } else {
                count(index % 2) * (NARROW_WIDTH + NARROW_GAP)
            };
            let top = y + count(index / 2) * (HEIGHT + NARROW_ROW_GAP);
            Place {
                x: NARROW_MARGIN + left,
                y: top,
                width: NARROW_WIDTH,
            }
        };
        drawing.boxes.extend(
            layer
                .nodes
                .iter()
                .enumerate()
                .map(|(index, node)| (*node, at(index))),
        );
        if layer.left_out > 0 {
            drawing.more.push((layer.left_out, layer.level, at(all - 1)));
        }
        let rows = count(all.div_ceil(2));
        y += rows * (HEIGHT + NARROW_ROW_GAP) - NARROW_ROW_GAP + NARROW_LAYER_GAP;
    }
    drawing.height = y - NARROW_LAYER_GAP + 14.0;
    drawing
}

fn empty(width: f64, height: f64) -> Drawing {
    Drawing {
        width,
        height,
        boxes: Vec::new(),
        more: Vec::new(),
        paths: Vec::new(),
    }
}

/// Between columns straight across; in the same column round the right side; back to the left below everything.
fn path_across(from: Place, to: Place, step: i8, bottom: f64) -> String {
    let (from_y, to_y) = (from.y + HEIGHT / 2.0, to.y + HEIGHT / 2.0);
    let (from_right, to_right) = (from.x + from.width, to.x + to.width);
    match step {
        1.. => {
            let bend = (to.x - from_right) / 2.0;
            curve(
                (from_right, from_y),
                (from_right + bend, from_y),
                (to.x - bend, to_y),
                (to.x, to_y),
            )
        }
        0 => {
            let bend = GAP * 0.75;
            curve(
                (from_right, from_y),
                (from_right + bend, from_y),
                (to_right + bend, to_y),
                (to_right, to_y),
            )
        }
        _ => {
            let (from_x, to_x) = (from.x + from.width / 2.0, to.x + to.width / 2.0);
            curve(
                (from_x, from.y + HEIGHT),
                (from_x, bottom + 12.0),
                (to_x, bottom + 12.0),
                (to_x, to.y + HEIGHT),
            )
        }
    }
}

/// Between rows straight down; in the same row, and back up, round the right side.
fn path_down(from: Place, to: Place, step: i8, width: f64) -> String {
    if step > 0 {
        let (from_x, to_x) = (from.x + from.width / 2.0, to.x + to.width / 2.0);
        let bend = (to.y - from.y - HEIGHT) / 2.0;
        return curve(
            (from_x, from.y + HEIGHT),
            (from_x, from.y + HEIGHT + bend),
            (to_x, to.y - bend),
            (to_x, to.y),
        );
    }
    let (from_y, to_y) = (from.y + HEIGHT / 2.0, to.y + HEIGHT / 2.0);
    curve(
        (from.x + from.width, from_y),
        (width + 8.0, from_y),
        (width + 8.0, to_y),
        (to.x + to.width, to_y),
    )
}

fn around_itself(place: Place) -> String {
    let (left, right) = (place.x + place.width - 52.0, place.x + place.width - 18.0);
    curve(
        (left, place.y),
        (left, place.y - 30.0),
        (right, place.y - 30.0),
        (right, place.y),
    )
}

fn curve(from: (f64, f64), first: (f64, f64), second: (f64, f64), to: (f64, f64)) -> String {
    format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        from.0, from.1, first.0, first.1, second.0, second.1, to.0, to.1
    )
}

#[expect(clippy::cast_precision_loss, reason = "a few dozen boxes")]
fn count(of: usize) -> f64 {
    of as f64
}

/// A text that fits a width in the size of names, cut with an ellipsis; letters are counted by how wide Inter draws them.
pub(super) fn fitted(text: &str, width: f64) -> String {
    let letter = |letter: char| match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '-' | '.' | ' ' | ':' | '/' => 4.4,
        'm' | 'w' | 'M' | 'W' => 11.2,
        'A'..='Z' => 8.9,
        _ => 7.5,
    };
    let whole: f64 = text.chars().map(letter).sum();
    if whole <= width {
        return text.to_owned();
    }
    let mut room = width - 11.0;
    let kept: String = text
        .chars()
        .take_while(|next| {
            room -= letter(*next);
            room >= 0.0
        })
        .collect();
    format!("{}…", kept.trim_end_matches(['-', ' ', '.', '_']))
}

#[cfg(test)]
mod tests {
    use domain::catalog::Layer;

    use super::*;

    fn layout() -> Layout {
        let layer = |level, nodes: &[usize], left_out| Layer {
            level,
            nodes: nodes.to_vec(),
            left_out,
        };
        let line = |from, to| Line {
            from,
            to,
            closes_cycle: from >= to,
        };
        Layout {
            layers: vec![layer(-1, &[3, 4, 5], 9), layer(0, &[0], 0), layer(1, &[1, 2], 0)],
            lines: vec![
                line(0, 0),
                line(0, 1),
                line(0, 2),
                line(1, 2),
                line(2, 0),
                line(3, 0),
            ],
            cycles: vec![vec![0]],
        }
    }

    #[test]
    fn boxes_lie_inside_and_apart() {
        for flow in [Flow::Across, Flow::Down] {
            let drawing = draw(&layout(), flow);
            let mut places: Vec<Place> = drawing.boxes.iter().map(|(_, place)| *place).collect();
            places.extend(drawing.more.iter().map(|(_, _, place)| *place));
            assert_eq!(places.len(), 7, "six boxes and one that counts");
            for (index, one) in places.iter().enumerate() {
                assert!(
                    one.x >= 0.0 && one.x + one.width <= drawing.width,
                    "{flow:?} {one:?}"
                );
                assert!(
                    one.y >= 0.0 && one.y + HEIGHT <= drawing.height,
                    "{flow:?} {one:?}"
                );
                for other in &places[index + 1..] {
                    let apart = one.x + one.width <= other.x
                        || other.x + other.width <= one.x
                        || one.y + HEIGHT <= other.y
                        || other.y + HEIGHT <= one.y;
                    assert!(apart, "{flow:?} {one:?} {other:?}");
                }
            }
            assert_eq!(drawing.paths.len(), 6);
        }
        assert!(draw(&layout(), Flow::Down).width <= 360.0, "fits a telephone");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(fitted("ledger", 120.0), "ledger");
        let cut = fitted("recommendations-of-the-day-worker", 120.0);
        assert!(cut.ends_with('…') && cut.len() > 10, "{cut}");
    }
}
