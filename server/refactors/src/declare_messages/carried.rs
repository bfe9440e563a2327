//! Which classes of messages a channel carries.

use pyteam_channels::channel;
use pyteam_channels::uses::ChannelUse;
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::Site;
use pyteam_index::infer::types::{Type, Types};

/// More types than these in one annotation say little.
const MAX_TYPES: usize = 4;

/// Classes of messages, and whether `None` is among them.
pub(super) struct Carried {
    pub(super) classes: Vec<ClassRef>,
    pub(super) nullable: bool,
}

impl Carried {
    /// Whether there is nothing to tell apart.
    pub(super) fn is_one(&self) -> bool {
        self.classes.len() == 1 && !self.nullable
    }

    pub(super) fn of(types: &Types) -> Option<Self> {
        let mut carried = Self { classes: Vec::new(), nullable: false };
        carried.add(types).then_some(carried)
    }

    fn add(&mut self, types: &Types) -> bool {
        for one in types {
            match one {
                Type::None => self.nullable = true,
                Type::Object(class, Some(_)) if !self.classes.contains(class) => self.classes.push(*class),
                Type::Object(_, Some(_)) => {}
                _ => return false,
            }
        }
        !types.has_unknown()
    }

    /// What all puts put, where that are objects of a few classes, and `None`.
    pub(super) fn of_puts(cx: &ItemContext<'_>, uses: &[ChannelUse]) -> Option<Self> {
        let mut all = Self { classes: Vec::new(), nullable: false };
        for put in uses.iter().filter(|one| one.puts) {
            let (_, item, _) = cx.inference.item(put.call.file, put.call.item)?;
            let message = channel::message(item, put.call.expr)?;
            // Something that is declared somewhere says less than something that is made.
            if !all.add(&cx.inference.expr(Site { expr: message, ..put.call })) {
                return None;
            }
        }
        (!all.classes.is_empty() && all.classes.len() <= MAX_TYPES).then_some(all)
    }
}
