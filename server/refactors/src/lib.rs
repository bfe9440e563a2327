//! Refactorings as plans: what is declared and where, and which places change with it. A plan is data; its edits are
//! worked out of it. The rule's fix, the code action and the answers of agents share it.

pub mod add_timeout;
pub mod convert_to_protocol;
pub mod declare_messages;
pub mod imports;
