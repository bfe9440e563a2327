//! Strongly connected components, by Tarjan's algorithm.

use std::collections::BTreeSet;

struct Search<'a> {
    edges: &'a [BTreeSet<usize>],
    /// When a node was reached first, and the earliest one that it leads back to.
    order: Vec<Option<(usize, usize)>>,
    stack: Vec<usize>,
    is_on_stack: Vec<bool>,
    count: usize,
    found: Vec<Vec<usize>>,
}

/// The components of the graph in which node `n` leads to `edges[n]`.
pub(super) fn strongly_connected(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search {
        edges,
        order: vec![None; edges.len()],
        stack: Vec::new(),
        is_on_stack: vec![false; edges.len()],
        count: 0,
        found: Vec::new(),
    };
    for node in 0..edges.len() {
        if search.order[node].is_none() {
            search.visit(node);
        }
    }
    search.found
}

impl Search<'_> {
    /// Visits `node` and what it leads to. The earliest node that it leads back to.
    fn visit(&mut self, node: usize) -> usize {
        let index = self.count;
        self.count += 1;
        self.order[node] = Some((index, index));
        self.stack.push(node);
        self.is_on_stack[node] = true;
        let mut earliest = index;
        for &next in &self.edges[node] {
            match self.order[next] {
                None => earliest = earliest.min(self.visit(next)),
                Some((reached, _)) if self.is_on_stack[next] => earliest = earliest.min(reached),
                Some(_) => {}
            }
        }
        self.order[node] = Some((index, earliest));
        if earliest == index {
            let mut component = Vec::new();
            while let Some(member) = self.stack.pop() {
                self.is_on_stack[member] = false;
                component.push(member);
                if member == node {
                    break;
                }
            }
            self.found.push(component);
        }
        earliest
    }
}
