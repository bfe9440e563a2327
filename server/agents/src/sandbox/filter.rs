//! Filters of system calls, for what neither namespaces nor Landlock hold.
//!
//! They are lists of what is refused: a program may make every other call. A call that the C library does without, where
//! the kernel does not have it, is "not implemented"; the others are "not permitted".

mod calls;

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

use self::calls::{
    ABSENT, ATTRIBUTES, F_SETLEASE, FS_IOC_ENABLE_VERITY, FS_IOC_FSSETXATTR, FS_IOC_SETFLAGS, NEVER, NEW_NAMESPACES,
    OWNERS, SHARED, SOCKET_KIND, SYS_FCHMODAT2, TIOCLINUX, TIOCSTI,
};

/// What the rest of the sandbox leaves to the filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duty {
    /// Sockets of this machine are allowed: something else keeps those of others out of reach.
    pub(super) unix: bool,
    /// Sockets of the network are allowed.
    pub(super) network: bool,
    /// There are no namespaces: other processes and what is shared by number can be named.
    pub(super) is_alone: bool,
    /// The number of the process that the filters are for.
    pub(super) own: u32,
}

/// The filters for `duty`, all of which hold at once.
pub(super) fn filters(duty: Duty) -> Result<Vec<BpfProgram>, String> {
    let refuse = |rules, errno: i32| compiled(rules, errno.unsigned_abs());
    let all = |calls: &[i64]| calls.iter().map(|&call| (call, Vec::new())).collect();
    let refused = refused(duty).map_err(|error| error.to_string())?;
    let mut filters = vec![refuse(all(&ABSENT), libc::ENOSYS)?, refuse(refused, libc::EPERM)?];
    if duty.is_alone {
        filters.push(refuse(all(&ATTRIBUTES), libc::EOPNOTSUPP)?);
    }
    Ok(filters)
}

/// A filter as the kernel reads it.
pub(super) fn bytes(program: &BpfProgram) -> Vec<u8> {
    let instruction = |one: &sock_filter| {
        let [c0, c1] = one.code.to_ne_bytes();
        let [k0, k1, k2, k3] = one.k.to_ne_bytes();
        [c0, c1, one.jt, one.jf, k0, k1, k2, k3]
    };
    program.iter().flat_map(instruction).collect()
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn compiled(rules: Rules, errno: u32) -> Result<BpfProgram, String> {
    let target = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), target);
    let program: BpfProgram =
        filter.and_then(TryInto::try_into).map_err(|error| format!("cannot create the filter: {error}"))?;
    Ok(guarded(program, errno))
}

/// Refuses the calls of x86-64's second set of numbers, which would pass by a list of the first.
fn guarded(program: BpfProgram, errno: u32) -> BpfProgram {
    if !cfg!(target_arch = "x86_64") {
        return program;
    }
    let instruction = |code: u32, jt: u8, jf: u8, k: u32| sock_filter { code: code as u16, jt, jf, k };
    let mut guarded = vec![
        instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        instruction(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, 0x4000_0000),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | errno),
    ];
    guarded.extend(program);
    guarded
}

fn refused(duty: Duty) -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = NEVER.into_iter().map(|call| (call, Vec::new())).collect();
    let any_bit = |argument, bits: u64| -> Result<Vec<SeccompRule>, _> {
        let one = |bit| rule(&[(argument, Length::Dword, Compare::MaskedEq(bit), bit)]);
        (0..32).map(|shift| 1 << shift).filter(|bit| bits & bit != 0).map(one).collect()
    };
    rules.insert(libc::SYS_unshare, any_bit(0, NEW_NAMESPACES)?);
    rules.insert(libc::SYS_clone, any_bit(0, NEW_NAMESPACES)?);
    // What a terminal would take for typed.
    let mut requests = vec![TIOCSTI, TIOCLINUX];
    rules.insert(libc::SYS_socket, sockets(duty)?);
    if !duty.unix {
        rules.insert(libc::SYS_socketpair, pairs()?);
    }
    // Another program that opens a file waits for the one with a lease on it.
    rules.insert(libc::SYS_fcntl, vec![rule(&[(1, Length::Dword, Compare::Eq, F_SETLEASE)])?]);
    rights_of_the_owner(&mut rules)?;
    if duty.is_alone {
        rules.extend(SHARED.into_iter().chain(OWNERS).map(|call| (call, Vec::new())));
        #[cfg(target_arch = "x86_64")]
        rules.extend([libc::SYS_chown, libc::SYS_lchown].into_iter().map(|call| (call, Vec::new())));
        requests.extend([FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FS_IOC_ENABLE_VERITY]);
        others(&mut rules, duty.own)?;
    }
    let request = |request| rule(&[(1, Length::Dword, Compare::Eq, request)]);
    rules.insert(libc::SYS_ioctl, requests.into_iter().map(request).collect::<Result<_, _>>()?);
    Ok(rules)
}

/// All families of sockets but those that are allowed: the others reach a host, a device or the kernel itself.
fn sockets(duty: Duty) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let mut allowed = Vec::new();
    if duty.unix {
        allowed.push(libc::AF_UNIX);
    }
    if duty.network {
        allowed.extend([libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK]);
    }
    let family = |compare, family: i32| (0, Length::Dword, compare, u64::from(family.unsigned_abs()));
    let conditions: Vec<_> = allowed.iter().map(|&one| family(Compare::Ne, one)).collect();
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    // Of the kernel's own protocols, the one that knows addresses and routes: others tell of every process.
    let is_no_route = (2, Length::Dword, Compare::Ne, u64::from(libc::NETLINK_ROUTE.unsigned_abs()));
    Ok(vec![rule(&conditions)?, rule(&[family(Compare::Eq, libc::AF_NETLINK), is_no_route])?])
}

/// Pairs of sockets that can send to others than one another: all kinds but those that are connected for good.
fn pairs() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let connected = [libc::SOCK_STREAM, libc::SOCK_SEQPACKET].map(|kind| u64::from(kind.unsigned_abs()));
    let mut rules = vec![rule(&[(0, Length::Dword, Compare::Ne, u64::from(libc::AF_UNIX.unsigned_abs()))])?];
    // The higher bits are flags.
    for kind in (0..=SOCKET_KIND).filter(|kind| !connected.contains(kind)) {
        rules.push(rule(&[(1, Length::Dword, Compare::MaskedEq(SOCKET_KIND), kind)])?);
    }
    Ok(rules)
}

/// Files that give who starts them the rights of their owner or group: outside, that is the user.
fn rights_of_the_owner(rules: &mut Rules) -> Result<(), seccompiler::BackendError> {
    let bits = [libc::S_ISUID, libc::S_ISGID].map(u64::from);
    let has = |argument, bit| (argument, Length::Dword, Compare::MaskedEq(bit), bit);
    let mut changes = vec![(libc::SYS_fchmod, 1), (libc::SYS_fchmodat, 2), (SYS_FCHMODAT2, 2), (libc::SYS_mknodat, 2)];
    #[cfg(target_arch = "x86_64")]
    changes.extend([(libc::SYS_chmod, 1), (libc::SYS_creat, 1), (libc::SYS_mknod, 1)]);
    for (call, mode) in changes {
        rules.insert(call, bits.iter().map(|&bit| rule(&[has(mode, bit)])).collect::<Result<_, _>>()?);
    }
    // These have a mode where they make a file; else anything may stand in its place.
    let mut opens = vec![(libc::SYS_openat, 2)];
    #[cfg(target_arch = "x86_64")]
    opens.push((libc::SYS_open, 1));
    let makes = [libc::O_CREAT, libc::O_TMPFILE].map(|flag| u64::from(flag.unsigned_abs()));
    for (call, flags) in opens {
        let each = makes.iter().flat_map(|&flag| bits.iter().map(move |&bit| (flag, bit)));
        let refused = each.map(|(flag, bit)| rule(&[has(flags, flag), has(flags + 1, bit)]));
        rules.insert(call, refused.collect::<Result<_, _>>()?);
    }
    Ok(())
}

/// Calls that change another process, where it can be named. Zero is the one that calls, and `own` its number, where it is
/// the agent's first.
fn others(rules: &mut Rules, own: u32) -> Result<(), seccompiler::BackendError> {
    let is_not = |argument, process: u32| (argument, Length::Dword, Compare::Ne, u64::from(process));
    let is_other = |argument| [is_not(argument, 0), is_not(argument, own)];
    let with = |more: &[(u8, Length, Compare, u64)], argument| rule(&[more, &is_other(argument)].concat());
    // Limits can be read.
    rules.insert(libc::SYS_prlimit64, vec![with(&[(2, Length::Qword, Compare::Ne, 0)], 0)?]);
    for call in
        [libc::SYS_sched_setaffinity, libc::SYS_sched_setscheduler, libc::SYS_sched_setparam, libc::SYS_sched_setattr]
    {
        rules.insert(call, vec![with(&[], 0)?]);
    }
    // Of a process, and neither of a group nor of a user.
    rules.insert(libc::SYS_setpriority, vec![rule(&[is_not(0, 0)])?, with(&[], 1)?]);
    rules.insert(libc::SYS_ioprio_set, vec![rule(&[is_not(0, 1)])?, with(&[], 1)?]);
    Ok(())
}

/// A rule whose conditions all have to hold: an argument's number, its length, how it is compared, and with what.
fn rule(conditions: &[(u8, Length, Compare, u64)]) -> Result<SeccompRule, seccompiler::BackendError> {
    let condition = |(argument, length, compare, value): &(u8, Length, Compare, u64)| {
        SeccompCondition::new(*argument, length.clone(), compare.clone(), *value)
    };
    SeccompRule::new(conditions.iter().map(condition).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_can_be_made_for_every_duty() {
        for number in 0..8 {
            let duty = Duty { unix: number & 1 > 0, network: number & 2 > 0, is_alone: number & 4 > 0, own: 7 };
            let filters = filters(duty).unwrap();
            assert_eq!(filters.len(), if duty.is_alone { 3 } else { 2 });
            // The kernel takes 4096 instructions of eight bytes.
            for filter in &filters {
                assert!(filter.len() < 4096, "{duty:?}: {}", filter.len());
                assert_eq!(bytes(filter).len(), filter.len() * 8);
            }
        }
    }
}
