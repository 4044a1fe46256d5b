//! Segments, in an order in which each comes after those it uses.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Resolver;
use super::names::Seen;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::Segment;
use crate::source::Span;
use crate::syntax::ast;

/// How deep segments may use segments. Nobody reads deeper ones, and everything after this stage may recurse.
const DEEPEST: usize = 64;

/// How many names of a circle are shown.
const SHOWN: usize = 8;

/// A use of one segment by another.
#[derive(Clone, Copy)]
struct Use {
    from: usize,
    to: usize,
    span: Span,
}

/// Which segment uses which.
struct Graph {
    uses: Vec<Vec<Use>>,
}

impl Graph {
    fn of(segments: &[ast::Segment]) -> Self {
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for (index, segment) in segments.iter().enumerate() {
            by_name.entry(&segment.name.value).or_insert(index);
        }
        let used = |from: usize, segment: &ast::Segment| {
            let conditions = segment.audience.alternatives.iter().flat_map(|alternative| &alternative.conditions);
            let uses = conditions.filter_map(|condition| match condition {
                ast::Condition::Segment { segment, .. } => {
                    by_name.get(segment.as_str()).map(|&to| Use { from, to, span: segment.span })
                }
                ast::Condition::Attribute { .. } => None,
            });
            uses.collect()
        };
        Self { uses: segments.iter().enumerate().map(|(index, segment)| used(index, segment)).collect() }
    }

    /// An order in which used ones come first, and the circles that stand in its way, each as its uses.
    fn order(&self) -> (Vec<usize>, Vec<Vec<Use>>) {
        let mut order = Vec::with_capacity(self.uses.len());
        let mut circles = Vec::new();
        let mut done = vec![false; self.uses.len()];
        for root in 0..self.uses.len() {
            self.visit(root, &mut done, &mut order, &mut circles);
        }
        (order, circles)
    }

    fn visit(&self, root: usize, done: &mut [bool], order: &mut Vec<usize>, circles: &mut Vec<Vec<Use>>) {
        if done.get(root).copied().unwrap_or(true) {
            return;
        }
        // The way from the root: each segment, how many of its uses were followed, and where on the way it is.
        let mut way: Vec<(usize, usize)> = vec![(root, 0)];
        let mut on_way: HashMap<usize, usize> = HashMap::from([(root, 0)]);
        while let Some((segment, followed)) = way.last_mut() {
            let next = self.uses.get(*segment).and_then(|uses| uses.get(*followed)).copied();
            let Some(next) = next else {
                let segment = *segment;
                way.pop();
                on_way.remove(&segment);
                order.push(segment);
                if let Some(done) = done.get_mut(segment) {
                    *done = true;
                }
                continue;
            };
            *followed += 1;
            if let Some(&start) = on_way.get(&next.to) {
                circles.push(self.circle(way.get(start..).unwrap_or(&[])));
            } else if !done.get(next.to).copied().unwrap_or(true) {
                on_way.insert(next.to, way.len());
                way.push((next.to, 0));
            }
        }
    }

    fn circle(&self, way: &[(usize, usize)]) -> Vec<Use> {
        // Long ones are cut where they are shown; the last use is the one that closes the circle.
        let used = |&(segment, followed): &(usize, usize)| {
            self.uses.get(segment).and_then(|uses| uses.get(followed.saturating_sub(1))).copied()
        };
        let shown = way.len().min(SHOWN);
        let first = way.get(..shown).unwrap_or(way).iter().filter_map(used);
        let last = way.get(shown..).and_then(<[_]>::last).and_then(used);
        first.chain(last).collect()
    }
}

impl Resolver<'_> {
    /// Resolves segments.
    pub(super) fn segments(&mut self, written: Vec<ast::Segment>) {
        let graph = Graph::of(&written);
        let (order, circles) = graph.order();
        let mut cut: HashSet<Span> = HashSet::new();
        for circle in &circles {
            cut.extend(circle.last().map(|closing| closing.span));
            self.circle(&written, circle);
        }
        let mut seen = Seen::exact();
        let first: Vec<bool> =
            written.iter().map(|segment| self.is_first(&mut seen, "segment", &segment.name)).collect();
        let mut depths: Vec<usize> = vec![0; written.len()];
        for index in order {
            let Some(segment) = written.get(index) else { continue };
            let deepest = self.cut_depth(&graph, index, &mut depths, &mut cut);
            let segment = self.segment(segment, &cut);
            if let Some(depth) = depths.get_mut(index) {
                *depth = deepest + 1;
            }
            if first.get(index).copied().unwrap_or(false) {
                let name = segment.name.value.clone();
                self.segments.insert(&name, Some(Arc::new(segment)));
            }
        }
    }

    fn segment(&mut self, written: &ast::Segment, cut: &HashSet<Span>) -> Segment {
        let (audience, incomplete) = self.watched(|resolver| {
            let mut audience = written.audience.clone();
            for alternative in &mut audience.alternatives {
                let before = alternative.conditions.len();
                alternative.conditions.retain(|condition| match condition {
                    ast::Condition::Segment { segment, .. } => !cut.contains(&segment.span),
                    ast::Condition::Attribute { .. } => true,
                });
                resolver.incomplete |= alternative.conditions.len() < before;
            }
            resolver.audience(&audience)
        });
        Segment { name: written.name.clone(), audience, span: written.span, incomplete }
    }

    /// The depth of the deepest segment that this one uses; uses of too deep ones are reported and cut.
    fn cut_depth(&mut self, graph: &Graph, index: usize, depths: &mut [usize], cut: &mut HashSet<Span>) -> usize {
        let mut deepest = 0;
        for used in graph.uses.get(index).into_iter().flatten() {
            let depth = depths.get(used.to).copied().unwrap_or(0);
            if cut.contains(&used.span) {
                continue;
            }
            if depth < DEEPEST {
                deepest = deepest.max(depth);
                continue;
            }
            cut.insert(used.span);
            self.report(
                Diagnostic::new(
                    Rule::NestedTooDeep,
                    used.span,
                    format!("segments use segments more than {DEEPEST} deep"),
                )
                .label("one too many")
                .help("name the people directly in one of them"),
            );
        }
        deepest
    }

    fn circle(&mut self, written: &[ast::Segment], circle: &[Use]) {
        let Some(closing) = circle.last() else { return };
        let name = |index: usize| written.get(index).map_or("", |segment| segment.name.as_str());
        let mut names: Vec<String> = Vec::new();
        let mut previous: Option<&Use> = None;
        for used in circle {
            if previous.is_some_and(|previous| previous.to != used.from) {
                names.push("…".to_owned());
            }
            names.push(format!("`{}`", name(used.from)));
            previous = Some(used);
        }
        names.push(format!("`{}`", name(closing.to)));
        let message = if circle.len() == 1 {
            format!("the segment {} uses itself", names.last().map_or("", String::as_str))
        } else {
            format!("segments use each other in a circle: {}", names.join(" → "))
        };
        let mut finding = Diagnostic::new(Rule::SegmentCycle, closing.span, message)
            .label("closes the circle")
            .meaning("nobody could say who is in them")
            .help("write the conditions they share into a segment of their own, and use that");
        for used in circle.iter().take(circle.len().saturating_sub(1)) {
            finding = finding.and(used.span, format!("`{}` uses `{}`", name(used.from), name(used.to)));
        }
        self.report(finding);
    }
}
