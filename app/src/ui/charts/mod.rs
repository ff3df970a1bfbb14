//! Charts as server-rendered SVG.
