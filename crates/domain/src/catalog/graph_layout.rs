//! The dependency graph in layers: which column each entity stands in, in which order, and which lines lead back.
//!
//! A small form of Sugiyama's method: layers are given by distance, the order within a layer by the barycentre of the
//! neighbours, in sweeps outwards and inwards. The same graph always gives the same layout.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::Dependencies;

/// Sweeps over the layers; more do not change graphs of this size.
const SWEEPS: usize = 4;

/// Entities at the same distance, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The column: dependents left of 0, dependencies right.
    pub level: i8,
    /// Indices into the graph's nodes.
    pub nodes: Vec<usize>,
    /// Entities at this distance that are not drawn.
    pub left_out: u32,
}

/// A line from what needs to what is needed; indices into the graph's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// What needs.
    pub from: usize,
    /// What is needed.
    pub to: usize,
    /// Whether it leads back and so closes a cycle.
    pub closes_cycle: bool,
}

/// A graph in layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// From the farthest dependents to the farthest dependencies; the middle is always there.
    pub layers: Vec<Layer>,
    /// Lines, sorted.
    pub lines: Vec<Line>,
    /// Each cycle once, in the order of its lines; the first entity is not repeated at the end.
    pub cycles: Vec<Vec<usize>>,
}

impl Layout {
    /// Lays a graph out with at most `most` entities in a layer, the most important of each.
    pub fn of(graph: &Dependencies, most: usize) -> Self {
        let needs = needs(graph);
        let mut layers = layers(graph, &needs, most);
        let drawn: BTreeSet<usize> = layers
            .values()
            .flat_map(|layer| layer.nodes.iter().copied())
            .collect();
        let kept: Vec<(usize, usize)> = needs
            .into_iter()
            .filter(|(from, to)| drawn.contains(from) && drawn.contains(to))
            .filter(|(from, to)| is_shown(graph.nodes[*from].level(), graph.nodes[*to].level()))
            .collect();
        order(&mut layers, &kept);
        let layers: Vec<Layer> = layers.into_values().collect();
        let lines = lines(&layers, &kept);
        let cycles = cycles(&lines);
        Self {
            layers,
            lines,
            cycles,
        }
    }

    /// Whether anything but the middle is drawn.
    pub fn is_empty(&self) -> bool {
        self.layers.iter().map(|layer| layer.nodes.len()).sum::<usize>() < 2 && self.lines.is_empty()
    }
}

/// Who needs whom, each pair once, by index.
fn needs(graph: &Dependencies) -> Vec<(usize, usize)> {
    let place: BTreeMap<_, _> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| (&node.reference, index))
        .collect();
    let pairs: BTreeSet<(usize, usize)> = graph
        .needs
        .iter()
        .filter_map(|need| Some((*place.get(&need.from)?, *place.get(&need.to)?)))
        .collect();
    pairs.into_iter().collect()
}

/// A dependent that needs a dependency directly is a line across the middle that says nothing about the middle; the
/// other way round it closes a cycle.
fn is_shown(from: i8, to: i8) -> bool {
    from >= 0 || to <= 0
}

/// The layers from left to right; what is reached only through something left out is left out too.
fn layers(graph: &Dependencies, needs: &[(usize, usize)], most: usize) -> BTreeMap<i8, Layer> {
    let mut layers = BTreeMap::from([(
        0,
        Layer {
            level: 0,
            nodes: vec![0],
            left_out: 0,
        },
    )]);
    for level in [-1, 1, -2, 2_i8] {
        let nearer = layers
            .get(&(level - level.signum()))
            .map_or(&[][..], |layer| &layer.nodes);
        let touches = |index: usize| {
            needs.iter().any(|&(from, to)| {
                let (outer, inner) = if level < 0 { (from, to) } else { (to, from) };
                outer == index && nearer.contains(&inner)
            })
        };
        let all: Vec<usize> = (0..graph.nodes.len())
            .filter(|index| graph.nodes[*index].level() == level)
            .collect();
        let nodes: Vec<usize> = all
            .iter()
            .copied()
            .filter(|index| touches(*index))
            .take(most)
            .collect();
        let left_out = u32::try_from(all.len() - nodes.len()).unwrap_or(u32::MAX);
        let left_out = left_out.saturating_add(graph.left_out_at(level));
        if !nodes.is_empty() {
            layers.insert(
                level,
                Layer {
                    level,
                    nodes,
                    left_out,
                },
            );
        }
    }
    layers
}

/// Orders each layer by the mean place of its neighbours in the layer before, outwards and inwards in turn.
fn order(layers: &mut BTreeMap<i8, Layer>, needs: &[(usize, usize)]) {
    for sweep in 0..SWEEPS {
        let outwards = sweep % 2 == 0;
        let mut levels: Vec<i8> = layers.keys().copied().filter(|level| *level != 0).collect();
        levels.sort_by_key(|level| if outwards { level.abs() } else { -level.abs() });
        for level in levels {
            let other = if outwards {
                level - level.signum()
            } else {
                level + level.signum()
            };
            let Some(fixed) = layers.get(&other).map(|layer| layer.nodes.clone()) else {
                continue;
            };
            if let Some(layer) = layers.get_mut(&level) {
                sort_by_neighbours(&mut layer.nodes, &fixed, needs);
            }
        }
    }
}

fn sort_by_neighbours(nodes: &mut [usize], fixed: &[usize], needs: &[(usize, usize)]) {
    let centre = |index: usize, own: usize| {
        let places: Vec<usize> = needs
            .iter()
            .filter_map(|&(from, to)| match index {
                _ if from == index => Some(to),
                _ if to == index => Some(from),
                _ => None,
            })
            .filter_map(|other| fixed.iter().position(|place| *place == other))
            .collect();
        // Who has no neighbour there keeps its place, measured by that layer's length.
        if places.is_empty() {
            return share(own, nodes.len());
        }
        places.iter().map(|place| share(*place, fixed.len())).sum::<f64>() / share_count(places.len())
    };
    let mut weighed: Vec<(f64, usize)> = nodes
        .iter()
        .enumerate()
        .map(|(own, index)| (centre(*index, own), *index))
        .collect();
    weighed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (place, (_, index)) in nodes.iter_mut().zip(weighed) {
        *place = index;
    }
}

/// The middle of a place, as a share of its layer.
fn share(place: usize, of: usize) -> f64 {
    (share_count(place) + 0.5) / share_count(of)
}

#[expect(clippy::cast_precision_loss, reason = "layers hold a few dozen entities")]
fn share_count(count: usize) -> f64 {
    count as f64
}

/// Marks the lines that lead back within a cycle: to a layer further left, or upwards in the same one.
fn lines(layers: &[Layer], needs: &[(usize, usize)]) -> Vec<Line> {
    let place: BTreeMap<usize, (i8, usize)> = layers
        .iter()
        .flat_map(|layer| {
            layer
                .nodes
                .iter()
                .enumerate()
                .map(|(row, index)| (*index, (layer.level, row)))
        })
        .collect();
    let back = |from: usize, to: usize| place.get(&to) <= place.get(&from) && path(needs, to, from).is_some();
    needs
        .iter()
        .map(|&(from, to)| Line {
            from,
            to,
            closes_cycle: back(from, to),
        })
        .collect()
}

/// The shortest way along the lines, both ends included.
fn path(needs: &[(usize, usize)], from: usize, to: usize) -> Option<Vec<usize>> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::from([(from, from)]);
    let mut queue = VecDeque::from([from]);
    while let Some(here) = queue.pop_front() {
        if here == to {
            let mut way = vec![to];
            while let Some(last) = way.last().copied().filter(|last| *last != from) {
                way.push(*before.get(&last)?);
            }
            way.reverse();
            return Some(way);
        }
        for &(_, next) in needs.iter().filter(|(start, _)| *start == here) {
            before.entry(next).or_insert_with(|| {
                queue.push_back(next);
                here
            });
        }
    }
    None
}

/// One shortest cycle for each line that closes one; the same cycle once.
fn cycles(lines: &[Line]) -> Vec<Vec<usize>> {
    let needs: Vec<(usize, usize)> = lines.iter().map(|line| (line.from, line.to)).collect();
    let mut cycles: Vec<Vec<usize>> = Vec::new();
    for line in lines.iter().filter(|line| line.closes_cycle) {
        let Some(mut cycle) = path(&needs, line.to, line.from) else {
            continue;
        };
        let first = cycle
            .iter()
            .enumerate()
            .min_by_key(|(_, index)| **index)
            .map_or(0, |(at, _)| at);
        cycle.rotate_left(first);
        if !cycles.contains(&cycle) {
            cycles.push(cycle);
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Dependency, Distance, EntityKind, EntityRef, GraphNode, RelationKind, Side};

    fn reference(name: &str) -> EntityRef {
        EntityRef::new(EntityKind::Component, "default", name)
    }

    /// A graph of `name@level`, with the needs `from>to`.
    fn graph(nodes: &[&str], needs: &[&str]) -> Dependencies {
        let node = |text: &&str| {
            let (name, level) = text.split_once('@').unwrap();
            let level: i8 = level.parse().unwrap();
            let side = if level < 0 {
                Side::Dependent
            } else {
                Side::Dependency
            };
            GraphNode {
                reference: reference(name),
                title: name.to_owned(),
                service_slug: Some(name.to_owned()),
                health: None,
                tier: None,
                exists: !name.starts_with("unknown"),
                distance: (level != 0).then(|| Distance {
                    side,
                    steps: level.unsigned_abs(),
                }),
            }
        };
        let need = |text: &&str| {
            let (from, to) = text.split_once('>').unwrap();
            Dependency {
                from: reference(from),
                to: reference(to),
                relation: RelationKind::DependsOn,
            }
        };
        Dependencies {
            nodes: nodes.iter().map(node).collect(),
            needs: needs.iter().map(need).collect(),
            left_out: Vec::new(),
        }
    }

    fn columns(graph: &Dependencies, layout: &Layout) -> Vec<(i8, Vec<String>)> {
        let title = |index: &usize| graph.nodes[*index].title.clone();
        layout
            .layers
            .iter()
            .map(|layer| (layer.level, layer.nodes.iter().map(title).collect()))
            .collect()
    }

    fn names(graph: &Dependencies, cycle: &[usize]) -> String {
        cycle
            .iter()
            .map(|index| graph.nodes[*index].title.as_str())
            .collect::<Vec<_>>()
            .join(">")
    }

    #[test]
    fn dependents_stand_left_and_dependencies_right() {
        let graph = graph(
            &["api@0", "web@-1", "db@1", "unknown@1", "app@-2", "disk@2"],
            &["web>api", "api>db", "api>unknown", "app>web", "db>disk", "web>db"],
        );
        let layout = Layout::of(&graph, 8);
        let expected = [
            (-2, vec!["app"]),
            (-1, vec!["web"]),
            (0, vec!["api"]),
            (1, vec!["db", "unknown"]),
            (2, vec!["disk"]),
        ];
        let expected =
            expected.map(|(level, names)| (level, names.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(columns(&graph, &layout), expected);
        assert!(layout.cycles.is_empty() && layout.lines.iter().all(|line| !line.closes_cycle));
        assert_eq!(layout.lines.len(), 5, "the line across the middle is left out");
    }

    #[test]
    fn a_diamond_is_no_cycle_and_its_lines_do_not_cross() {
        let graph = graph(
            &["api@0", "a@1", "b@1", "c@1", "x@2", "y@2"],
            &["api>a", "api>b", "api>c", "a>y", "b>y", "c>x", "b>x"],
        );
        let layout = Layout::of(&graph, 8);
        assert!(layout.cycles.is_empty());
        let right = &columns(&graph, &layout)[2];
        assert_eq!(right.1, ["y", "x"], "y hangs from a and b, x from b and c");
        assert_eq!(layout, Layout::of(&graph, 8), "the same every time");
    }

    #[test]
    fn a_cycle_is_named_once_and_its_line_back_is_marked() {
        let graph = graph(
            &["api@0", "ledger@1", "risk@2"],
            &["api>ledger", "ledger>risk", "risk>api"],
        );
        let layout = Layout::of(&graph, 8);
        let back: Vec<_> = layout.lines.iter().filter(|line| line.closes_cycle).collect();
        assert_eq!(back.len(), 1);
        assert_eq!((back[0].from, back[0].to), (2, 0));
        assert_eq!(layout.cycles.len(), 1);
        assert_eq!(names(&graph, &layout.cycles[0]), "api>ledger>risk");
    }

    #[test]
    fn two_that_need_each_other_and_one_that_needs_itself() {
        let graph = graph(
            &["api@0", "a@1", "b@1"],
            &["api>a", "api>b", "a>b", "b>a", "api>api"],
        );
        let layout = Layout::of(&graph, 8);
        let cycles: Vec<String> = layout.cycles.iter().map(|cycle| names(&graph, cycle)).collect();
        assert_eq!(cycles, ["api", "a>b"]);
        assert_eq!(layout.lines.iter().filter(|line| line.closes_cycle).count(), 2);
    }

    #[test]
    fn a_dependency_that_needs_a_dependent_closes_a_cycle_through_the_middle() {
        let graph = graph(
            &["api@0", "web@-1", "db@1"],
            &["web>api", "api>db", "db>web", "web>db"],
        );
        let layout = Layout::of(&graph, 8);
        assert_eq!(
            layout
                .cycles
                .iter()
                .map(|cycle| names(&graph, cycle))
                .collect::<Vec<_>>(),
            ["api>db>web"]
        );
    }

    #[test]
    fn of_two_hundred_dependents_a_few_are_drawn_and_the_rest_are_counted() {
        let names: Vec<String> = (0..200).map(|number| format!("d{number}@-1")).collect();
        let needs: Vec<String> = (0..200)
            .map(|number| format!("d{number}>api"))
            .chain(["far>d150".into()])
            .collect();
        let mut nodes = vec!["api@0"];
        nodes.extend(names.iter().map(String::as_str));
        nodes.push("far@-2");
        let mut graph = graph(&nodes, &needs.iter().map(String::as_str).collect::<Vec<_>>());
        graph.left_out.push((
            Distance {
                side: Side::Dependent,
                steps: 1,
            },
            40,
        ));
        let layout = Layout::of(&graph, 8);
        assert_eq!(layout.layers.len(), 2, "what hangs from a hidden one is hidden");
        assert_eq!(
            (layout.layers[0].nodes.len(), layout.layers[0].left_out),
            (8, 232)
        );
        assert_eq!(layout.lines.len(), 8);
    }

    #[test]
    fn alone_is_empty() {
        assert!(Layout::of(&graph(&["api@0"], &[]), 8).is_empty());
        assert!(!Layout::of(&graph(&["api@0"], &["api>api"]), 8).is_empty());
    }
}
