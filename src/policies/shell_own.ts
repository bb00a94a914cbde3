/**
 * Words that make a shell do something else than to run a program of that name: its grammar, and its builtins.
 *
 * Builtins are no programs with a smaller world: they read their arguments once more. `printf -v 'a[$(x)]' y` and
 * `test -v 'a[$(x)]'` run `x` in bash, `test 'a[$(x)]' -eq 0` and `exit 'a[$(x)]'` do in zsh and ksh, `enable -f` and
 * `zmodload` load code, `history -w` and `zcompile` write files. So all of them are here, of bash, dash, zsh, ksh, mksh
 * and busybox, but for the few that do with their arguments what the program of that name does: `echo`, `false`, `pwd`,
 * `true`. A path (`/usr/bin/printf`) is never a builtin.
 */
export const SHELL_OWN: ReadonlySet<string> = new Set(
  (
    // Grammar, of any shell.
    "! { } [[ ]] if then else elif fi for while until do done case esac select function in time coproc repeat foreach end " +
    "nocorrect noglob switch " +
    // POSIX, bash, dash, busybox.
    "- . : [ alias bg bind break builtin caller cd chdir command compgen complete compopt continue declare dirs disown " +
    "enable eval exec exit export fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd " +
    "read readarray readonly return set shift shopt source suspend test times trap type typeset ulimit umask unalias " +
    "unset wait " +
    // zsh, with the modules that it comes with.
    "autoload bindkey bye cap clone comparguments compadd compcall compctl compdescribe compfiles compgroups compquote " +
    "compset comptags comptry compvalues disable echotc echoti emulate example float functions getcap getln integer " +
    "limit log patch_match pcre_compile pcre_match pcre_study print private pushln r rehash sched setcap setopt stat " +
    "strftime syserror sysopen sysread sysseek syswrite ttyctl unfunction unhash unlimit unsetopt vared watch whence " +
    "where which zcompile zcurses zdelattr zf_chgrp zf_chmod zf_chown zf_ln zf_mkdir zf_mv zf_rm zf_rmdir zf_sync " +
    "zformat zftp zgdbmpath zgetattr zle zlistattr zmodload zparseopts zprof zpty zregexparse zselect zsetattr zsocket " +
    "zstat zstyle zsystem ztcp ztie zuntie " +
    // ksh, mksh, yash.
    "array bgetopts compound enum global hist login nameref newgrp redirect rename sleep stop"
  ).split(" "),
);
