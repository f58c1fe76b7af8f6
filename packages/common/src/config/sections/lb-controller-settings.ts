import { z } from 'zod';
import { setting } from '../setting.ts';

/** Settings of lb-controller. */
export const lbControllerSettings = {
  loadBalancerClass: setting(
    z.string().optional(),
    'Serve only Services with this spec.loadBalancerClass; without it only those that have none',
    {
      flag: 'lb-class',
      value: 'CLASS',
      commands: ['up', 'plan', 'lb-controller'],
    },
  ),
};
