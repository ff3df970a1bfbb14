//! Charts as server-rendered SVG: axes and units, readable without colour, a sentence that says what they show, and a
//! table behind each.
//!
//! Horizontal places are percentages, so that a chart fits any width and its text keeps its size; nothing needs a
//! `style` attribute. Values are passed in the unit that the axis names.

mod bars;
mod frame;
mod line;
mod scale;
mod sparkline;
mod stages;
mod watched;

pub use self::{
    bars::{Bar, Bars, Divider},
    line::{LineChart, Series},
    scale::pct,
    sparkline::Sparkline,
    stages::{Stage, StageBar},
    watched::{Mark, Threshold, WatchedChart, WatchedPoint},
};
