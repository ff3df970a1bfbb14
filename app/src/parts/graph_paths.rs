//! How the lines of a dependency graph run from box to box.

use super::graph_places::{Flow, GAP, HEIGHT, NARROW_MARGIN, Place, ROW_GAP};

/// How far inside its box the line of a tree runs down.
const SPINE: f64 = 11.0;

/// To the next column straight across, either way; in the same column round the side that looks away from the middle;
/// farther back below everything.
pub(super) fn path_across(from: Place, to: Place, levels: (i8, i8), bottom: f64) -> String {
    let (from_y, to_y) = (from.y + HEIGHT / 2.0, to.y + HEIGHT / 2.0);
    let (from_right, to_right) = (from.x + from.width, to.x + to.width);
    match levels.1 - levels.0 {
        1.. => {
            let bend = (to.x - from_right) / 2.0;
            curve(
                (from_right, from_y),
                (from_right + bend, from_y),
                (to.x - bend, to_y),
                (to.x, to_y),
            )
        }
        0 if levels.0 < 0 => {
            let bend = GAP * 0.6;
            curve(
                (from.x, from_y),
                (from.x - bend, from_y),
                (to.x - bend, to_y),
                (to.x, to_y),
            )
        }
        0 => {
            let bend = GAP * 0.6;
            curve(
                (from_right, from_y),
                (from_right + bend, from_y),
                (to_right + bend, to_y),
                (to_right, to_y),
            )
        }
        -1 => {
            // A little lower, so that a line there and one back can be told apart.
            let (from_y, to_y) = (from_y + 8.0, to_y + 8.0);
            let bend = (from.x - to_right) / 2.0;
            curve(
                (from.x, from_y),
                (from.x - bend, from_y),
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

/// From a dependent to what it needs, below it and further left.
pub(super) fn up_the_tree(from: Place, to: Place) -> String {
    let (spine, y) = (to.x + SPINE, from.y + HEIGHT / 2.0);
    format!(
        "M{:.1} {y:.1}H{:.1}Q{spine:.1} {y:.1} {spine:.1} {:.1}V{:.1}",
        from.x,
        spine + 6.0,
        y + 6.0,
        to.y
    )
}

/// From an entity to what it needs, below it and further right.
pub(super) fn down_the_tree(from: Place, to: Place) -> String {
    let (spine, y) = (from.x + SPINE, to.y + HEIGHT / 2.0);
    format!(
        "M{spine:.1} {:.1}V{:.1}Q{spine:.1} {y:.1} {:.1} {y:.1}H{:.1}",
        from.y + HEIGHT,
        y - 6.0,
        spine + 6.0,
        to.x
    )
}

pub(super) fn round_the_side(from: Place, to: Place) -> String {
    let (from_y, to_y) = (from.y + HEIGHT / 2.0, to.y + HEIGHT / 2.0);
    let (from_right, to_right) = (from.x + from.width, to.x + to.width);
    // Longer ones further out, as far as there is room.
    let bend = (14.0 + (from_y - to_y).abs() / 12.0).min(NARROW_MARGIN + 8.0);
    curve(
        (from_right, from_y),
        (from_right + bend, from_y),
        (to_right + bend, to_y),
        (to_right, to_y),
    )
}

/// A line back into its own box, in the gap beside it: boxes are drawn over lines, so nothing of it may reach another.
pub(super) fn around_itself(place: Place, flow: Flow) -> String {
    match flow {
        Flow::Across => {
            let (left, right) = (place.x + place.width - 52.0, place.x + place.width - 18.0);
            let above = place.y - ROW_GAP;
            curve((left, place.y), (left, above), (right, above), (right, place.y))
        }
        Flow::Down => {
            let (top, bottom) = (place.y + 8.0, place.y + HEIGHT - 8.0);
            let right = place.x + place.width;
            let beside = right + NARROW_MARGIN - 6.0;
            curve((right, top), (beside, top), (beside, bottom), (right, bottom))
        }
    }
}

fn curve(from: (f64, f64), first: (f64, f64), second: (f64, f64), to: (f64, f64)) -> String {
    format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        from.0, from.1, first.0, first.1, second.0, second.1, to.0, to.1
    )
}
