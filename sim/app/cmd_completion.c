// drydock completion: shell completion from the same tables as --help.
#include "sim/app/app.h"

#include <string.h>

static const DdOption k_options[] = {{NULL, NULL, NULL}};

static void print_options(const DdCommand* command, const char* separator)
{
    for (const DdOption* o = command->options; o && o->name; o++) {
        if (o->doc) {
            printf("%s%s", o->name, separator);
        }
    }
    printf("--json%s--help", separator);
}

static void bash(void)
{
    int n;
    const DdCommand* const* commands = dd_commands(&n);
    printf("# bash completion of drydock: source <(drydock completion bash)\n"
           "_drydock() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]}\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        COMPREPLY=($(compgen -W \"");
    for (int i = 0; i < n; i++) {
        printf("%s%s", i ? " " : "", commands[i]->name);
    }
    printf("\" -- \"$word\"))\n"
           "        return\n"
           "    fi\n"
           "    case \"$word\" in\n"
           "    -*)\n"
           "        case \"${COMP_WORDS[1]}\" in\n");
    for (int i = 0; i < n; i++) {
        printf("        %s) COMPREPLY=($(compgen -W \"", commands[i]->name);
        print_options(commands[i], " ");
        printf("\" -- \"$word\")) ;;\n");
    }
    printf("        esac ;;\n"
           "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
           "    esac\n"
           "}\n"
           "complete -o filenames -F _drydock drydock ./drydock\n");
}

static void zsh(void)
{
    int n;
    const DdCommand* const* commands = dd_commands(&n);
    printf("#compdef drydock\n"
           "# zsh completion of drydock: source <(drydock completion zsh)\n"
           "_drydock() {\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (int i = 0; i < n; i++) {
        printf("        '%s:%s'\n", commands[i]->name, commands[i]->doc);
    }
    printf("    )\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    case $words[2] in\n");
    for (int i = 0; i < n; i++) {
        printf("    %s) compadd -- ", commands[i]->name);
        print_options(commands[i], " ");
        printf(" ;;\n");
    }
    printf("    esac\n"
           "    _files\n"
           "}\n"
           "compdef _drydock drydock\n");
}

static void fish(void)
{
    int n;
    const DdCommand* const* commands = dd_commands(&n);
    printf("# fish completion of drydock: drydock completion fish | source\n");
    for (int i = 0; i < n; i++) {
        const char* name = commands[i]->name;
        printf("complete -c drydock -n __fish_use_subcommand -a %s -d '%s'\n", name,
               commands[i]->doc);
        for (const DdOption* o = commands[i]->options; o && o->name; o++) {
            if (!o->doc) {
                continue;
            }
            bool is_long = strncmp(o->name, "--", 2) == 0;
            printf("complete -c drydock -n '__fish_seen_subcommand_from %s' -%s %s%s\n", name,
                   is_long ? "l" : "s", o->name + (is_long ? 2 : 1), o->value ? " -r" : "");
        }
    }
}

static int run(const DdArgs* args)
{
    static const struct {
        const char* name;
        void (*print)(void);
    } k_shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; i < sizeof k_shells / sizeof k_shells[0]; i++) {
        if (strcmp(args->pos[0], k_shells[i].name) == 0) {
            k_shells[i].print();
            return 0;
        }
    }
    DdError err;
    dd_fail(&err, DD_ERROR_ARGUMENT, "completion: '%s' is not one of bash, zsh, fish",
            args->pos[0]);
    return dd_app_error(args, &err);
}

const DdCommand dd_command_completion = {
    .name = "completion",
    .args = "bash|zsh|fish",
    .doc = "print shell completion: source <(drydock completion bash)",
    .options = k_options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
