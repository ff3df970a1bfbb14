//! Where values and labels stand: round axis ends, percentages along the width.

use crate::format::decimal;

/// Height of a plot in pixels, without the labels under it.
pub const PLOT: f64 = 160.0;
/// Room above the plot, for the topmost label.
pub const TOP: f64 = 8.0;
/// Room under the plot, for its labels.
pub const BOTTOM: f64 = 24.0;

/// The vertical axis: from zero to a round number.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The highest tick.
    pub top: f64,
    /// The ticks, lowest first.
    pub ticks: Vec<f64>,
    digits: u8,
}

impl Axis {
    /// The axis that holds these values; one that ends at 1 where there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let highest = values
            .into_iter()
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        let highest = if highest > 0.0 { highest } else { 1.0 };
        let power = 10f64.powf((highest / 3.0).log10().floor());
        // At most four steps above zero, so that the lines stay further apart than their labels are high.
        let step = [1.0, 2.0, 2.5, 5.0, 10.0, 20.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| (highest / step).ceil() <= 4.0)
            .unwrap_or(highest);
        let digits = [0, 1, 2]
            .into_iter()
            .find(|digits| is_round(step * 10f64.powi(i32::from(*digits))))
            .unwrap_or(3);
        let mut ticks = vec![0.0];
        while ticks.last().is_some_and(|last| *last < highest - step * 1e-9) {
            ticks.push(ticks.last().copied().unwrap_or_default() + step);
        }
        Self {
            top: ticks.last().copied().unwrap_or(1.0),
            ticks,
            digits,
        }
    }

    /// Pixels from the plot's upper edge.
    pub fn y(&self, value: f64) -> f64 {
        PLOT * (1.0 - (value / self.top).clamp(0.0, 1.0))
    }

    /// A tick's text.
    pub fn text(&self, tick: f64, unit: &str) -> String {
        let number = decimal(tick, self.digits);
        if unit.is_empty() {
            number
        } else {
            format!("{number}\u{a0}{unit}")
        }
    }
}

fn is_round(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

/// Where the `index`th of `count` points stands, in per cent of the width: the first at 0, the last at 100.
#[expect(
    clippy::cast_precision_loss,
    reason = "a chart has far fewer points than f64 has integers"
)]
pub fn along(index: usize, count: usize) -> f64 {
    if count < 2 {
        50.0
    } else {
        100.0 * index as f64 / (count - 1) as f64
    }
}

/// A percentage as an attribute.
pub fn pct(value: f64) -> String {
    format!("{}%", decimal(value, 2))
}

/// A coordinate as an attribute.
pub fn px(value: f64) -> String {
    decimal(value, 1)
}

/// Which of `count` labels are written: at most `most`, evenly spaced, the first always.
pub fn labelled(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let step = count.saturating_sub(1) / most.max(1) + 1;
    (0..count).step_by(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (highest, ticks) in [
            (51.0, vec![0.0, 20.0, 40.0, 60.0]),
            (4.0, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
            (0.012, vec![0.0, 0.005, 0.01, 0.015]),
            (100.0, vec![0.0, 25.0, 50.0, 75.0, 100.0]),
        ] {
            let axis = Axis::of([highest]);
            assert_eq!(axis.ticks.len(), ticks.len(), "{highest}: {:?}", axis.ticks);
            assert!(
                axis.ticks.iter().zip(&ticks).all(|(a, b)| (a - b).abs() < 1e-9),
                "{:?}",
                axis.ticks
            );
        }
        assert_eq!(Axis::of([]).ticks.first(), Some(&0.0));
        assert_eq!(Axis::of([1.0]).text(0.5, "h"), "0.50\u{a0}h");
    }

    #[test]
    fn labels_are_few_and_even() {
        assert_eq!(labelled(13, 6).collect::<Vec<_>>(), [0, 3, 6, 9, 12]);
        assert_eq!(labelled(3, 6).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(labelled(0, 6).count(), 0);
    }
}
