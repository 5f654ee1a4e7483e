import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ViewerRow } from '../../account/viewer.ts';
import { loadViewer } from '../schema/viewer.ts';
import type { OperationContext } from './context.ts';
import { findProjection } from './operation-facts.ts';

/** Answers queries that only show columns of the viewer without the executor. Whatever goes wrong, the executor answers. */
export function useProjections(): Plugin<OperationContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const found = findProjection(args);
      const { asking } = args.contextValue;
      if (!found || !asking.viewer) return;
      const actor = asking.viewer;
      setExecuteFn((executed: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> => {
        const project = (viewer: ViewerRow) => ({ data: found.project(viewer, args.contextValue) });
        const viewer = loadViewer(actor, found.plan);
        if (viewer instanceof Promise) return viewer.then(project).catch(() => executeFn(executed));
        try {
          return project(viewer);
        } catch {
          return executeFn(executed);
        }
      });
    },
  };
}
