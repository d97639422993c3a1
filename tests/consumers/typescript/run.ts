// Runs a program on the engine without a language host: node run.js COMMAND FOLDER PROGRAM, in an environment with `pulumi`.
import { LocalWorkspace } from "@pulumi/pulumi/automation";

async function main(command: string, workDir: string, program: string): Promise<void> {
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "test", projectName: "pool", program: async () => ({ ...(await import(program)) }) },
        { workDir },
    );
    await stack.setConfig("aws:region", { value: "eu-west-1" });
    const onOutput = (text: string) => process.stdout.write(text);
    if (command === "up") {
        await stack.up({ onOutput });
    } else if (command === "unchanged") {
        await stack.preview({ onOutput, expectNoChanges: true });
    } else {
        await stack.preview({ onOutput });
    }
}

const [command, folder, program] = process.argv.slice(2);
main(command!, folder!, program!).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
});
