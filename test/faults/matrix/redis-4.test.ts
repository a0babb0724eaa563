import { majors } from '../../support/clients.ts';
import { matrixOf } from './matrix.ts';

for (const version of majors.filter(({ major }) => major === 4)) matrixOf(version);
