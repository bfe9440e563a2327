//! Filters of system calls, for what neither namespaces nor Landlock hold.
//!
//! They are lists of what is refused: a program may make every other call. A call that the C library does without, where
//! the kernel does not have it, is "not implemented"; the others are "not permitted".

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
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
}

/// New namespaces, of `clone` and `unshare`.
const NEW_NAMESPACES: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u64;

/// No agent needs these, and most have been a way to more rights than a program had.
const NEVER: [i64; 37] = [
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_open_by_handle_at,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
];

/// Without namespaces: what is shared by number, and what of a file Landlock does not hold.
const SHARED: [i64; 14] = [
    libc::SYS_shmget,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SYS_SETXATTRAT,
];

/// Puts a letter into a terminal's input, and does so much more on a console.
const TIOCSTI: u64 = 0x5412;
const TIOCLINUX: u64 = 0x541c;

/// Newer than the C library's list, and the same number everywhere.
const SYS_SETXATTRAT: i64 = 463;

/// What the C library does without. `clone3` passes what it wants by reference, where no filter can look; `io_uring` makes
/// calls that no filter sees.
const ABSENT: [i64; 4] =
    [libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// The filters for `duty`, all of which hold at once.
pub(super) fn filters(duty: Duty) -> Result<Vec<BpfProgram>, String> {
    let refuse = |rules, errno: i32| compiled(rules, errno.unsigned_abs());
    let absent = ABSENT.into_iter().map(|call| (call, Vec::new())).collect();
    let refused = refused(duty).map_err(|error| error.to_string())?;
    Ok(vec![refuse(absent, libc::ENOSYS)?, refuse(refused, libc::EPERM)?])
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
        filter.and_then(TryInto::try_into).map_err(|error| format!("the filter cannot be made: {error}"))?;
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
    let typed = [TIOCSTI, TIOCLINUX];
    let typed = typed.into_iter().map(|call| rule(&[(1, Length::Dword, Compare::Eq, call)]));
    rules.insert(libc::SYS_ioctl, typed.collect::<Result<_, _>>()?);
    rules.insert(libc::SYS_socket, sockets(duty)?);
    if duty.is_alone {
        rules.extend(SHARED.into_iter().map(|call| (call, Vec::new())));
        #[cfg(target_arch = "x86_64")]
        rules.extend([libc::SYS_chown, libc::SYS_lchown].into_iter().map(|call| (call, Vec::new())));
        others(&mut rules)?;
    }
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
    let is_not = |family: &i32| (0, Length::Dword, Compare::Ne, u64::from(family.unsigned_abs()));
    let conditions: Vec<_> = allowed.iter().map(is_not).collect();
    if conditions.is_empty() { Ok(Vec::new()) } else { Ok(vec![rule(&conditions)?]) }
}

/// Calls that change another process, where it can be named. Zero is the one that calls.
fn others(rules: &mut Rules) -> Result<(), seccompiler::BackendError> {
    let is_other = |argument| (argument, Length::Dword, Compare::Ne, 0);
    // Limits can be read.
    rules.insert(libc::SYS_prlimit64, vec![rule(&[is_other(0), (2, Length::Qword, Compare::Ne, 0)])?]);
    for call in
        [libc::SYS_sched_setaffinity, libc::SYS_sched_setscheduler, libc::SYS_sched_setparam, libc::SYS_sched_setattr]
    {
        rules.insert(call, vec![rule(&[is_other(0)])?]);
    }
    rules.insert(libc::SYS_setpriority, vec![rule(&[is_other(0)])?, rule(&[is_other(1)])?]);
    let is_no_process = (0, Length::Dword, Compare::Ne, 1);
    rules.insert(libc::SYS_ioprio_set, vec![rule(&[is_no_process])?, rule(&[is_other(1)])?]);
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
            let duty = Duty { unix: number & 1 > 0, network: number & 2 > 0, is_alone: number & 4 > 0 };
            let filters = filters(duty).unwrap();
            assert_eq!(filters.len(), 2);
            // The kernel takes 4096 instructions of eight bytes.
            for filter in &filters {
                assert!(filter.len() < 4096, "{duty:?}: {}", filter.len());
                assert_eq!(bytes(filter).len(), filter.len() * 8);
            }
        }
    }
}
