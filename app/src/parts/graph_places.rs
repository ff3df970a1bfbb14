//! Where the boxes of a dependency graph lie: in columns where there is room, in rows where there is not.

use domain::catalog::{Layer, Layout, Line};

use super::graph_paths::{around_itself, down_the_tree, path_across, round_the_side, up_the_tree};

/// A box.
pub(super) const WIDTH: f64 = 184.0;
pub(super) const HEIGHT: f64 = 44.0;
/// Between the columns, and between the boxes of one.
pub(super) const GAP: f64 = 56.0;
pub(super) const ROW_GAP: f64 = 12.0;
/// Room around everything, for the lines that lead round a box.
const MARGIN: f64 = 26.0;
/// Narrow: a tree in one column, each step indented; lines that are not the tree's go round the right side.
const NARROW: f64 = 326.0;
const INDENT: f64 = 22.0;
pub(super) const NARROW_MARGIN: f64 = 36.0;
const NARROW_ROW_GAP: f64 = 8.0;

/// Which way the layers follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// From left to right.
    Across,
    /// From top to bottom, as a tree.
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
    let place = |node: usize| {
        let found = drawing.boxes.iter().find(|(index, _)| *index == node);
        found.map(|(_, place)| *place)
    };
    let bottom = drawing.height - 6.0;
    drawing.paths = layout
        .lines
        .iter()
        .filter_map(|line| {
            let (from, to) = (place(line.from)?, place(line.to)?);
            let levels = (level(layout, line.from), level(layout, line.to));
            let path = match flow {
                _ if line.from == line.to => around_itself(from, flow),
                Flow::Across => path_across(from, to, levels, bottom),
                Flow::Down if parent(layout, line.from) == Some(line.to) && levels.0 < 0 => {
                    up_the_tree(from, to)
                }
                Flow::Down if parent(layout, line.to) == Some(line.from) && levels.1 > 0 => {
                    down_the_tree(from, to)
                }
                Flow::Down => round_the_side(from, to),
            };
            Some((*line, path))
        })
        .collect();
    drawing
}

fn level(layout: &Layout, node: usize) -> i8 {
    let holds = |layer: &&Layer| layer.nodes.contains(&node);
    layout.layers.iter().find(holds).map_or(0, |layer| layer.level)
}

fn layer(layout: &Layout, level: i8) -> Option<&Layer> {
    layout.layers.iter().find(|layer| layer.level == level)
}

/// What an entity hangs from in the tree: the first of its neighbours nearer to the middle.
fn parent(layout: &Layout, node: usize) -> Option<usize> {
    let own = level(layout, node);
    let nearer = layer(layout, own - own.signum()).filter(|_| own != 0)?;
    let needs = |from: usize, to: usize| layout.lines.iter().any(|line| line.from == from && line.to == to);
    let touches = |inner: usize| {
        if own < 0 {
            needs(node, inner)
        } else {
            needs(inner, node)
        }
    };
    nearer.nodes.iter().copied().find(|inner| touches(*inner))
}

fn across(layout: &Layout) -> Drawing {
    let rows = |layer: &Layer| layer.nodes.len() + usize::from(layer.left_out > 0);
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

/// What hangs from what, as rows: dependents above the middle, each below its own; dependencies below it, each above its own.
fn down(layout: &Layout) -> Drawing {
    let mut drawing = empty(NARROW, 0.0);
    let mut y = NARROW_ROW_GAP;
    let mut next = |steps: u8| {
        let x = f64::from(steps) * INDENT;
        let place = Place {
            x,
            y,
            width: NARROW - NARROW_MARGIN - x,
        };
        y += HEIGHT + NARROW_ROW_GAP;
        place
    };
    let children = |level: i8, inner: usize| {
        let all = layer(layout, level).map_or(&[][..], |layer| &layer.nodes);
        all.iter()
            .copied()
            .filter(move |node| parent(layout, *node) == Some(inner))
            .collect::<Vec<_>>()
    };
    let left_out = |level: i8| layer(layout, level).map_or(0, |layer| layer.left_out);
    let direct = |level: i8| layer(layout, level).map_or(&[][..], |layer| &layer.nodes);
    for far in [(-2, 2), (-1, 1)] {
        if left_out(far.0) > 0 {
            drawing.more.push((left_out(far.0), far.0, next(far.1)));
        }
    }
    for dependent in direct(-1) {
        drawing
            .boxes
            .extend(children(-2, *dependent).into_iter().map(|node| (node, next(2))));
        drawing.boxes.push((*dependent, next(1)));
    }
    drawing.boxes.push((0, next(0)));
    for dependency in direct(1) {
        drawing.boxes.push((*dependency, next(1)));
        drawing
            .boxes
            .extend(children(2, *dependency).into_iter().map(|node| (node, next(2))));
    }
    for far in [(1, 1), (2, 2)] {
        if left_out(far.0) > 0 {
            drawing.more.push((left_out(far.0), far.0, next(far.1)));
        }
    }
    drawing.height = y;
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
            assert_eq!(drawing.paths.len(), layout().lines.len());
        }
        assert!(draw(&layout(), Flow::Down).width <= 326.0, "fits a telephone");
    }

    #[test]
    fn a_line_back_into_its_own_box_is_seen_whole() {
        for flow in [Flow::Across, Flow::Down] {
            let drawing = draw(&layout(), flow);
            let (_, path) = drawing
                .paths
                .iter()
                .find(|(line, _)| line.from == line.to)
                .unwrap();
            let numbers: Vec<f64> = path
                .split(['M', 'C', ' '])
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().unwrap())
                .collect();
            let along = |axis: usize, t: f64| {
                let [a, b, c, d] = [0, 2, 4, 6].map(|point| numbers[point + axis]);
                let left = 1.0 - t;
                a * left.powi(3) + 3.0 * b * left.powi(2) * t + 3.0 * c * left * t.powi(2) + d * t.powi(3)
            };
            for t in [0.1, 0.25, 0.5, 0.75, 0.9] {
                let (x, y) = (along(0, t), along(1, t));
                assert!(
                    x > 0.0 && x < drawing.width && y > 0.0 && y < drawing.height,
                    "{flow:?} {x} {y}"
                );
                for (node, place) in &drawing.boxes {
                    let covers =
                        x > place.x && x < place.x + place.width && y > place.y && y < place.y + HEIGHT;
                    assert!(!covers, "{flow:?}: {x} {y} lies under {node}");
                }
            }
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(fitted("ledger", 120.0), "ledger");
        let cut = fitted("recommendations-of-the-day-worker", 120.0);
        assert!(cut.ends_with('…') && cut.len() > 10, "{cut}");
    }
}
