/* Runs before Rust's runtime, which puts /dev/null in the place of standard streams that are closed: then nobody can
 * tell `pyteam check x >&-` from `pyteam check x >/dev/null`. A closed stream gets /dev/null opened the wrong way round,
 * so that it can be told, and so that no file that is opened later gets its number. */

#include <errno.h>
#include <fcntl.h>

__attribute__((constructor)) static void mark_closed_streams(void)
{
    for (int stream = 0; stream < 3; stream++) {
        if (fcntl(stream, F_GETFD) == -1 && errno == EBADF) {
            /* The lowest free number is given out, and that is this one. */
            (void)open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
        }
    }
}
